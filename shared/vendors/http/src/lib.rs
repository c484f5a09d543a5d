//! One careful HTTP client for every vendor: host allow-list, timeouts, tokens, Retry-After.
