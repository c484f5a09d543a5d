//! How Deskhand uses DynamoDB.
