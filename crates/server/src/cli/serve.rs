//! `leasehold serve`.

use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

use leasehold_core::consume::Command;
use leasehold_store::Store;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;

use crate::clock::Clock;
use crate::config::{ClockSetting, ServeFlags, Settings, TlsFiles, settle};
use crate::keyring::{self, KeyStores};
use crate::operation::Failure;
use crate::server::Server;
use crate::{admin, demo, http, sweep, telemetry};

/// Serves until the process is told to stop.
pub fn run(flags: ServeFlags) -> Result<(), String> {
    telemetry::start();
    let settings = settle(flags)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(serve(settings))
}

/// Makes the data folder, for its owner only.
pub fn make_data_folder(path: &Path) -> Result<(), String> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| format!("cannot make the data folder {}: {error}", path.display()))
}

async fn serve(settings: Settings) -> Result<(), String> {
    let place = &settings.place;
    make_data_folder(&place.data)?;
    let store = Store::open(&place.database).await.map_err(|error| error.to_string())?;
    if let Err(error) = store.prepare_for_load().await {
        tracing::warn!(%error, "the write-ahead log could not be laid out; it will grow");
    }
    let keyring = Arc::new(keyring::open(&store, &place.master_key()).await?);
    let clock = Arc::new(match settings.clock {
        ClockSetting::System => Clock::system(),
        ClockSetting::Movable(start_ms) => Clock::movable(start_ms),
    });
    if settings.demo {
        let (path, region) = (place.credentials(), &settings.region);
        demo::prepare(&store, &keyring, &path, region, clock.now_ms()).await?;
    }
    let tls = settings.tls.as_ref().map(tls_acceptor).transpose()?;
    let keys = KeyStores::open(&settings.keys, Arc::clone(&keyring))?;
    let (server, run_ledger) = Server::new(
        store.clone(),
        store.ledger(),
        keyring,
        keys,
        Arc::clone(&clock),
        settings.policy.clone(),
    );
    // The ledger decides and, on SQLite, writes: a thread of its own, beside those of requests.
    let ledger = std::thread::Builder::new().name("ledger".to_owned()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map(|runtime| runtime.block_on(run_ledger))
    });
    let ledger = ledger.map_err(|error| format!("cannot start a thread: {error}"))?;

    // The ledger reads what it keeps in memory before anybody is told that the server is there.
    let nothing = Command::Usage { license: 0 };
    if let Err(Failure::Store(error)) = server.ledger.submit(nothing, clock.now_ms()).await {
        return Err(format!("the ledger cannot be read: {error}"));
    }

    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", settings.listen))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let mut helpers = tokio::task::JoinSet::new();
    helpers.spawn(sweep::run(Arc::clone(&server)));
    let (uses, uses_store) = (server.authenticator.uses(), store.clone());
    helpers.spawn(async move { uses.run(&uses_store).await });
    match admin::listen(&place.socket()) {
        Ok(socket) => drop(helpers.spawn(admin::serve(socket, Arc::clone(&server)))),
        Err(error) => tracing::warn!(error, "administration commands cannot reach this server"),
    }
    // Whoever reads that the server is there may tell it to stop.
    let stop = stop_signal()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    announce(&settings, &format!("{scheme}://{address}"));
    tracing::info!(engine = store.engine_name(), %address, "serving");

    http::serve(listener, tls, Arc::clone(&server), stop).await;
    helpers.shutdown().await;
    if let Err(error) = server.authenticator.uses().flush(&store).await {
        tracing::warn!(%error, "the last uses of keys could not be written down");
    }
    // The last way to the ledger goes, and with it, once its queue is done, the ledger.
    drop(server);
    match tokio::task::spawn_blocking(move || ledger.join()).await {
        Ok(Ok(Ok(()))) => {}
        _ => return Err("the ledger did not end as it should".to_owned()),
    }
    if place.socket().exists() {
        // What is left behind is cleared by the next server.
        let _ = std::fs::remove_file(place.socket());
    }
    tracing::info!("stopped");
    Ok(())
}

fn announce(settings: &Settings, endpoint: &str) {
    let mut text = format!("leasehold is serving on {endpoint}\n");
    if settings.demo {
        let credentials = settings.place.credentials();
        text.push_str(&demo::lines_to_paste(endpoint, &credentials, &settings.region));
    }
    // A server goes on serving when nobody reads what it says.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Done when the process gets SIGTERM or SIGINT, from this call on.
fn stop_signal() -> Result<impl Future<Output = ()>, String> {
    let fault = |error: std::io::Error| format!("cannot wait for signals: {error}");
    let mut terminate = signal(SignalKind::terminate()).map_err(fault)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(fault)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn tls_acceptor(files: &TlsFiles) -> Result<TlsAcceptor, String> {
    let fault = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let chain: Vec<_> = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect)
        .map_err(|error| fault(&files.cert, &error))?;
    let key =
        PrivateKeyDer::from_pem_file(&files.key).map_err(|error| fault(&files.key, &error))?;
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| fault(&files.cert, &error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
