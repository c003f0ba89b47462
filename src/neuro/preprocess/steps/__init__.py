"""Steps of the cleaning chain: functions over a recording, checks, and sentences about them."""
