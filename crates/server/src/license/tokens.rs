//! CreateToken, ListTokens, DeleteToken, GetAccessToken (4.23–4.26, section 8).

use std::borrow::Cow;

use leasehold_core::grant::{Grant, Links};
use leasehold_core::license::License;
use leasehold_core::token::{self, Claims, NewToken, Token, Use};
use leasehold_core::{Kind, Refusal};
use leasehold_store::token::{self as store, StoredToken};
use leasehold_store::{Error, Tx, grant, issuer, license};
use sha2::{Digest, Sha256};

use super::page::{Filters, Page};
use super::shapes;
use crate::cx::Cx;
use crate::dispatch::{fingerprint, write};
use crate::operation::{BoxFuture, Call, Failure, Outcome};
use crate::server::Server;
use crate::shape::Arn;

/// The operation's name: that of requests that are answered again (W61).
pub const CREATE_TOKEN: &str = "CreateToken";
/// Rows read at a time while a filter looks for a page's elements.
const ROWS_AT_ONCE: i64 = 500;
/// How often a token is signed where the key is retired meanwhile.
const KEYS_TRIED_MAX: usize = 5;

/// The rule by which a token is not stored whose key has been retired since it was signed.
const KEY_RETIRED: &str = "T5";

/// T1–T10, T19. Once more where the key that signed it has been retired in the meantime (T5).
pub async fn create_token(
    server: &Server,
    cx: &Cx,
    it: &shapes::CreateTokenRequest,
) -> Outcome<shapes::CreateTokenResponse> {
    for _ in 1..KEYS_TRIED_MAX {
        match try_create(server, cx, it).await {
            Err(Failure::Refused(refusal)) if refusal.rule == KEY_RETIRED => {
                server.issuer.forget();
            }
            outcome => return outcome,
        }
    }
    try_create(server, cx, it).await
}

/// Signs first, which needs no transaction. What is stored is not the token; to a repeated request
/// it is signed again, which gives the same one.
async fn try_create(
    server: &Server,
    cx: &Cx,
    it: &shapes::CreateTokenRequest,
) -> Outcome<shapes::CreateTokenResponse> {
    let key = server.issuer.signing_key(cx.now_ms).await.map_err(|fault| failed(&fault))?;
    let id = uuid::Builder::from_random_bytes(cx.seed.bytes("token")).into_uuid().to_string();
    let token = token::create(NewToken {
        key: cx.serials.next(),
        id: id.clone(),
        account: cx.caller.account.clone(),
        license_arn: it.license_arn.0.clone(),
        days: it.expiration_in_days,
        properties: it.token_properties.as_ref().map_or_else(Vec::new, |list| list.0.clone()),
        role_arns: it.role_arns.iter().flatten().map(|arn| arn.0.clone()).collect(),
        now_ms: cx.now_ms,
        signing_key: key.id.clone(),
    })?;
    let claims = Claims::refresh(server.issuer.url(), &token);
    let mut text = server.issuer.sign(&key, &claims).await.map_err(|fault| failed(&fault))?;
    token::check_length(text.len())?;
    let new = Insert { request: it, token, digest: digest(&text) };
    let token_id = write(server, cx, CREATE_TOKEN, &new).await?;
    if token_id != id {
        text = sign_again(server, cx, &token_id).await?;
    }
    Ok(shapes::CreateTokenResponse {
        token_id: Some(token_id),
        token_type: Some(shapes::TokenType::RefreshToken),
        token: Some(text.into()),
    })
}

/// The token that an earlier answer to the same request had.
async fn sign_again(server: &Server, cx: &Cx, id: &str) -> Outcome<String> {
    let gone = || Refusal::not_found("W62", "The token that this request made is gone.");
    let mut tx = server.store.read().await?;
    let stored = store::find(&mut tx, id).await?.ok_or_else(gone)?;
    drop(tx);
    let key = server.issuer.key(&stored.token.signing_key).await.map_err(|fault| failed(&fault))?;
    let key = key.ok_or_else(|| failed("the key of a token is missing"))?;
    let claims = Claims::refresh(server.issuer.url(), &stored.token);
    let text = server.issuer.sign(&key, &claims).await.map_err(|fault| failed(&fault))?;
    if digest(&text) != stored.digest {
        tracing::error!(request_id = cx.request_id, id, "a token cannot be signed as it was");
        return Err(gone().into());
    }
    Ok(text)
}

/// The transaction of CreateToken; its answer, which is remembered, is the token's id alone.
struct Insert<'a> {
    request: &'a shapes::CreateTokenRequest,
    token: Token,
    digest: Vec<u8>,
}

impl Call for Insert<'_> {
    fn run<'a>(&'a self, tx: &'a mut Tx, cx: &'a Cx) -> BoxFuture<'a, Outcome<String>> {
        Box::pin(self.insert(tx, cx))
    }

    fn client_token(&self) -> Option<&str> {
        Some(&self.request.client_token)
    }

    fn fingerprint(&self) -> u64 {
        fingerprint(self.request)
    }
}

impl Insert<'_> {
    async fn insert(&self, tx: &mut Tx, cx: &Cx) -> Outcome<String> {
        let Token { account, license_arn, .. } = &self.token;
        let found = Found::load(tx, license_arn, account).await?;
        let license = found.check(account, cx.now_ms)?;
        token::check_place(license, &cx.region)?;
        let live = store::count_live(tx, license.key, account, cx.now_ms).await?;
        token::check_count(live, cx.policy.quotas.tokens_per_license_max)?;
        // INVARIANT: a key with a token that lives is not forgotten. What has signed, and is
        // retired by now, could be gone before the token is there to keep it.
        if !issuer::is_signing(tx, &self.token.signing_key).await? {
            let text = "The key that signs tokens has just been changed; try again.";
            return Err(Refusal::new(Kind::Throttled, KEY_RETIRED, text).into());
        }
        let (token, digest) = (self.token.clone(), self.digest.clone());
        store::insert(tx, &StoredToken { token, license: license.key, digest }).await?;
        Ok(self.token.id.clone())
    }
}

/// A license with what an account has of it.
struct Found {
    license: Option<License>,
    grants: Vec<Grant>,
    links: Links,
}

impl Found {
    async fn load(tx: &mut Tx, arn: &str, account: &str) -> Outcome<Self> {
        let license = license::find(tx, arn).await?;
        let (mut grants, mut links) = (Vec::new(), Links::default());
        if let Some(license) = license.as_ref().filter(|license| license.account != account) {
            grants = grant::of_account(tx, license.key, account).await?;
            for each in &grants {
                links.extend(&grant::links(tx, each.key).await?, each.key);
            }
        }
        Ok(Self { license, grants, links })
    }

    /// T10.
    fn check(&self, account: &str, now_ms: i64) -> Result<&License, Refusal> {
        let license = self.license.as_ref();
        token::check_license(license, account, &self.grants, &self.links, now_ms)
    }
}

/// T15, in the order of creation.
pub async fn list_tokens(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListTokensRequest,
) -> Outcome<shapes::ListTokensResponse> {
    let filters = Filters::read(it.filters.as_deref(), &["LicenseArns"])?;
    let page = Page::read(it.next_token.as_deref(), it.max_results)?;
    let is_asked_for = |token: &Token| {
        let ids = it.token_ids.as_ref().filter(|ids| !ids.is_empty());
        ids.is_none_or(|ids| ids.contains(&token.id))
    };
    let mut after = page.after.1;
    let mut found = Vec::new();
    loop {
        let rows = store::list(tx, &cx.caller.account, after, ROWS_AT_ONCE).await?;
        let Some(last) = rows.last() else { break };
        after = last.key;
        let wanted = |token: &Token| {
            !token.is_purged(cx.now_ms)
                && is_asked_for(token)
                && filters.hold(|_| Cow::Borrowed(&token.license_arn))
        };
        found.extend(rows.into_iter().filter(wanted));
        if found.len() > page.size {
            break;
        }
    }
    Ok(shapes::ListTokensResponse {
        next_token: page.cut(&mut found, |last| (0, last.key)),
        tokens: Some(found.into_iter().map(view).collect()),
    })
}

fn view(token: Token) -> shapes::TokenData {
    let role_arns: Vec<Arn> = token.role_arns.iter().map(|arn| arn.as_str().into()).collect();
    let expires_at = leasehold_core::time::format_zulu(token.expires_at_ms);
    shapes::TokenData {
        status: Some(token.status().to_owned()),
        token_id: Some(token.id),
        token_type: Some(shapes::TokenType::RefreshToken.as_str().to_owned()),
        license_arn: Some(token.license_arn),
        expiration_time: Some(expires_at.into()),
        token_properties: Some(crate::shape::Bounded(token.properties)),
        role_arns: Some(role_arns),
    }
}

/// T14. Once more changes nothing.
pub async fn delete_token(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::DeleteTokenRequest,
) -> Outcome<shapes::DeleteTokenResponse> {
    let unknown = || Refusal::not_found("T14", "TokenId: this account has no such token.");
    let found = store::find(tx, &it.token_id).await?.filter(|stored| {
        stored.token.account == cx.caller.account && !stored.token.is_purged(cx.now_ms)
    });
    let stored = found.ok_or_else(unknown)?;
    let license = license::get(tx, stored.license).await?;
    token::check_place(&license, &cx.region)?;
    store::delete(tx, &it.token_id, cx.now_ms).await?;
    Ok(shapes::DeleteTokenResponse {})
}

/// T11, T12, T16: one answer to every token that is not good.
pub async fn get_access_token(
    server: &Server,
    cx: &Cx,
    it: &shapes::GetAccessTokenRequest,
) -> Outcome<shapes::GetAccessTokenResponse> {
    let issuer = &server.issuer;
    let verified = issuer.verify(&it.token, Use::RefreshToken, cx.now_ms).await;
    let claims = verified.map_err(|fault| failed(&fault))?.map_err(|_| token::invalid())?;
    let token = live(server, cx, &claims, it).await?;
    server.throttles.access_tokens.check(&token.id)?;
    server.throttles.licenses.check(&token.license_arn)?;
    let key = issuer.signing_key(cx.now_ms).await.map_err(|fault| failed(&fault))?;
    let id = uuid::Builder::from_random_bytes(cx.seed.bytes("access token")).into_uuid();
    let claims = Claims::access(issuer.url(), &token, id.to_string(), cx.now_ms);
    let text = issuer.sign(&key, &claims).await.map_err(|fault| failed(&fault))?;
    Ok(shapes::GetAccessTokenResponse { access_token: Some(text.into()) })
}

/// The token that was given for these claims, if access tokens can be had for it.
async fn live(
    server: &Server,
    cx: &Cx,
    claims: &Claims,
    it: &shapes::GetAccessTokenRequest,
) -> Outcome<Token> {
    let mut tx = server.store.read().await?;
    let stored = store::find(&mut tx, &claims.jti).await?.filter(|stored| {
        let asked = it.token_properties.as_ref().map_or(&[][..], |list| &list.0);
        stored.digest == digest(&it.token)
            && stored.token.is_live(cx.now_ms)
            && stored.token.has_all(asked)
    });
    let token = stored.ok_or_else(token::invalid)?.token;
    let found = Found::load(&mut tx, &token.license_arn, &token.account).await?;
    found.check(&token.account, cx.now_ms).map_err(|_| token::invalid())?;
    Ok(token)
}

/// What a token is known by.
fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}

fn failed(fault: &str) -> Failure {
    Failure::Store(Error::failed(fault))
}
