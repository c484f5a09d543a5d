//! The vendor sandbox: HaloPSA, Microsoft Graph, Entra MFA and Twilio with state, faults and a page.
