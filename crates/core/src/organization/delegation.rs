//! Which services an organization trusts, and who administers them for it (G7, G19).

use super::{ADMINISTRATORS_MAX, Administrator, Cause, Organization, SERVICES, TrustedService};

impl Organization {
    /// Gives a service trusted access; once more changes nothing.
    ///
    /// # Errors
    /// Without all features, and for services that this server does not have.
    pub fn trust(&mut self, principal: &str, now_ms: i64) -> Result<(), Cause> {
        check_service(principal)?;
        if !self.has_all_features() {
            return Err(Cause::NotAllFeatures);
        }
        if !self.trusts(principal) {
            let principal = principal.to_owned();
            self.trusted_services.push(TrustedService { principal, enabled_at_ms: now_ms });
        }
        Ok(())
    }

    /// Takes trusted access away; once more changes nothing.
    ///
    /// # Errors
    /// While the service has delegated administrators.
    pub fn distrust(&mut self, principal: &str) -> Result<(), Cause> {
        check_service(principal)?;
        if self.administrators.iter().any(|it| it.principal == principal) {
            return Err(Cause::ServiceIsDelegated);
        }
        self.trusted_services.retain(|it| it.principal != principal);
        Ok(())
    }

    /// Makes a member account a delegated administrator of a service.
    ///
    /// # Errors
    /// For the management account, without trusted access, and if it is one.
    pub fn delegate(&mut self, account: &str, principal: &str, now_ms: i64) -> Result<(), Cause> {
        check_service(principal)?;
        if account == self.management_account {
            return Err(Cause::ManagerCannotBeDelegate);
        }
        if !self.has_all_features() {
            return Err(Cause::NotAllFeatures);
        }
        if !self.trusts(principal) {
            return Err(Cause::ServiceNotTrusted);
        }
        if self.is_administrator(account, principal) {
            return Err(Cause::AlreadyRegistered);
        }
        if self.administrators.iter().filter(|it| it.principal == principal).count()
            >= ADMINISTRATORS_MAX
        {
            return Err(Cause::TooManyAdministrators);
        }
        self.administrators.push(Administrator {
            account: account.to_owned(),
            principal: principal.to_owned(),
            enabled_at_ms: now_ms,
        });
        Ok(())
    }

    /// Takes that away.
    ///
    /// # Errors
    /// If it is none.
    pub fn undelegate(&mut self, account: &str, principal: &str) -> Result<(), Cause> {
        check_service(principal)?;
        let before = self.administrators.len();
        self.administrators.retain(|it| it.account != account || it.principal != principal);
        if self.administrators.len() == before { Err(Cause::NotRegistered) } else { Ok(()) }
    }

    /// Checks that an account may leave.
    ///
    /// # Errors
    /// For the management account and for delegated administrators.
    pub fn check_leaver(&self, account: &str) -> Result<(), Cause> {
        if account == self.management_account {
            return Err(Cause::ManagerCannotLeave);
        }
        match self.services_of(account).next() {
            Some(_) => Err(Cause::AdministratorCannotLeave),
            None => Ok(()),
        }
    }
}

fn check_service(principal: &str) -> Result<(), Cause> {
    if SERVICES.contains(&principal) { Ok(()) } else { Err(Cause::UnknownService) }
}

#[cfg(test)]
mod tests {
    use super::super::{FeatureSet, LICENSE_MANAGER, LICENSE_MANAGER_MEMBERS};
    use super::*;
    use crate::ids::Seed;

    const MANAGER: &str = "111122223333";
    const MEMBER: &str = "444455556666";

    fn example(feature_set: FeatureSet) -> Organization {
        Organization::new(MANAGER, feature_set, &Seed::new([7; 32]))
    }

    /// G7, G19.
    #[test]
    fn trust_comes_before_delegation_and_goes_after_it() {
        let mut it = example(FeatureSet::All);
        let service = LICENSE_MANAGER;
        assert_eq!(it.delegate(MEMBER, service, 1), Err(Cause::ServiceNotTrusted));
        assert_eq!(it.trust("ec2.amazonaws.com", 1), Err(Cause::UnknownService));
        it.trust(service, 1).unwrap();
        it.trust(service, 2).unwrap();
        it.trust(LICENSE_MANAGER_MEMBERS, 2).unwrap();
        assert_eq!(it.trusted_services.len(), 2);
        assert_eq!(it.trusted_services[0].enabled_at_ms, 1, "it stays as old as it is");
        assert_eq!(it.delegate(MANAGER, service, 3), Err(Cause::ManagerCannotBeDelegate));
        it.delegate(MEMBER, service, 3).unwrap();
        assert_eq!(it.delegate(MEMBER, service, 3), Err(Cause::AlreadyRegistered));
        assert_eq!(it.distrust(service), Err(Cause::ServiceIsDelegated));
        assert_eq!(it.check_leaver(MEMBER), Err(Cause::AdministratorCannotLeave));
        it.undelegate(MEMBER, service).unwrap();
        assert_eq!(it.undelegate(MEMBER, service), Err(Cause::NotRegistered));
        assert_eq!(it.check_leaver(MEMBER), Ok(()));
        assert_eq!(it.check_leaver(MANAGER), Err(Cause::ManagerCannotLeave));
        it.distrust(service).unwrap();
        it.distrust(service).unwrap();
        assert!(!it.trusts(service) && it.trusts(LICENSE_MANAGER_MEMBERS));
    }

    /// G7.
    #[test]
    fn one_bill_is_not_enough_for_services() {
        let mut it = example(FeatureSet::ConsolidatedBilling);
        assert_eq!(it.trust(LICENSE_MANAGER, 1), Err(Cause::NotAllFeatures));
        assert_eq!(it.delegate(MEMBER, LICENSE_MANAGER, 1), Err(Cause::NotAllFeatures));
    }

    #[test]
    fn administrators_are_limited() {
        let mut it = example(FeatureSet::All);
        it.trust(LICENSE_MANAGER, 1).unwrap();
        for number in 0..ADMINISTRATORS_MAX {
            it.delegate(&number.to_string(), LICENSE_MANAGER, 1).unwrap();
        }
        let error = it.delegate(MEMBER, LICENSE_MANAGER, 1).unwrap_err();
        assert_eq!(error, Cause::TooManyAdministrators);
    }
}
