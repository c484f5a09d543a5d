//! Microsoft Graph and the Entra MFA connector.
