//! Names that say the same thing twice the same way: what is delivered is delivered once.

use domain::{CredentialRef, DeliveryId, IdError, Medium, Tenant};
use sha2::{Digest, Sha256};

/// The word for a medium.
pub(crate) fn medium(medium: Medium) -> &'static str {
    match medium {
        Medium::Sms => "sms",
    }
}

/// The one delivery of this credential over this medium.
pub(crate) fn delivery_id(
    tenant: &Tenant,
    credential: &CredentialRef,
    over: Medium,
) -> Result<DeliveryId, IdError> {
    let seed = format!("{}\0{credential}\0{}", tenant.as_str(), medium(over));
    DeliveryId::parse(&format!("dlv-{}", &hex::encode(Sha256::digest(seed))[..32]))
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test vouches for its own tenants"
)]
mod tests {
    use super::*;
    use domain::Voucher;

    #[test]
    fn a_credential_has_one_delivery_in_its_tenant() {
        let acme = Tenant::vouched("acme", Voucher::Operator).unwrap();
        let other = Tenant::vouched("other", Voucher::Operator).unwrap();
        let credential = CredentialRef::parse("cred_1").unwrap();
        let id = delivery_id(&acme, &credential, Medium::Sms).unwrap();
        assert_eq!(id, delivery_id(&acme, &credential, Medium::Sms).unwrap());
        assert_ne!(id, delivery_id(&other, &credential, Medium::Sms).unwrap());
        assert!(id.as_str().starts_with("dlv-") && id.as_str().len() == 36);
    }
}
