"""From a raw MEG recording to clean sensors, and to time courses of parcels of the brain."""
