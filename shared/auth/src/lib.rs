//! Who may call: API keys, webhook sources, permissions.
