"""Brain networks: graph measures of voxels and regions, and diagnosis from them."""
