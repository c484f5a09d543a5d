//! Journeys and contracts, against the real local deployment.
