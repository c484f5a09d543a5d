//! What can go wrong with the tables.

use aws_sdk_dynamodb::error::SdkError;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// What can go wrong with the tables.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed, or made, what this write was conditional on. Read it again and decide again.
    #[error("somebody else wrote the {what} first")]
    Conflict {
        /// Which member of the write.
        what: &'static str,
    },
    /// `DynamoDB` did not answer, or could not. A later try may succeed.
    #[error("DynamoDB could not {doing}")]
    Unavailable {
        /// What was asked of it.
        doing: &'static str,
        /// What it, or the way to it, said.
        #[source]
        source: Source,
    },
    /// A row over its limit, or a change of more than 100 rows.
    #[error("the {what} is larger than its table takes")]
    TooBig {
        /// What was to be written.
        what: &'static str,
    },
    /// A row that cannot be read as, or made from, what it should be.
    #[error("the row of the {what} does not have its form")]
    Corrupt {
        /// What it should be.
        what: &'static str,
        /// What is wrong with it.
        #[source]
        source: Source,
    },
    /// A change to an audited row without an audit entry: a mistake in the code that asked for it.
    #[error("the {what} was to be changed without an audit entry")]
    Unaudited {
        /// What was to be changed.
        what: &'static str,
    },
}

impl StoreError {
    pub(crate) fn unavailable<E>(doing: &'static str, source: SdkError<E>) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        Self::Unavailable {
            doing,
            source: Box::new(source),
        }
    }

    pub(crate) fn corrupt(what: &'static str, source: impl Into<Source>) -> Self {
        Self::Corrupt {
            what,
            source: source.into(),
        }
    }
}
