//! GetAccessKeyInfo: whose an access key is.

use leasehold_core::session::{Cause, account_of_key};
use leasehold_store::{Tx, account};

use super::shapes;
use crate::cx::Cx;
use crate::operation::Outcome;

/// Nobody keeps temporary keys, but their ids say whose they are.
pub async fn get_access_key_info(
    tx: &mut Tx,
    _: &Cx,
    it: &shapes::GetAccessKeyInfoRequest,
) -> Outcome<shapes::GetAccessKeyInfoResponse> {
    let account = match account_of_key(&it.access_key_id) {
        Some(account) => Some(account),
        None => account::find_key(tx, &it.access_key_id).await?.map(|key| key.account),
    };
    let unknown = || Cause::Validation.because("AccessKeyId: there is no such access key.");
    Ok(shapes::GetAccessKeyInfoResponse { account: Some(account.ok_or_else(unknown)?) })
}
