//! Twilio's Messages API.
