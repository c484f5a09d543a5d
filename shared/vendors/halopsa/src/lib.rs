//! HaloPSA's API.
