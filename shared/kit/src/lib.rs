//! How Deskhand meets Lambda, API Gateway, SQS and Step Functions.
