#![expect(clippy::unwrap_used, reason = "tests")]
use std::time::Instant;

use http_body_util::BodyExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

/// Answers when the body is there.
struct Echo;

impl Answer for Echo {
    async fn answer(
        &self,
        _: Client,
        _: SocketAddr,
        request: Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        Response::new(Full::new(
            request.into_body().collect().await.unwrap().to_bytes(),
        ))
    }
}

async fn said(server: &Loopback, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// All that comes until the server closes.
async fn heard(stream: &mut TcpStream) -> String {
    let mut answer = String::new();
    // A connection that was turned away may be reset.
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

const UNFINISHED: &str = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n";
const WHOLE: &str = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok";

#[tokio::test]
async fn those_who_do_not_finish_keep_nobody_out() {
    for peers in [Peers::probe(), Peers::Untold] {
        let server = Loopback::start(Echo, peers).await.unwrap();
        let mut unfinished = Vec::new();
        for _ in 0..2 * MOST_CONNECTIONS {
            unfinished.push(said(&server, UNFINISHED).await);
        }
        let begun = Instant::now();
        let answer = heard(&mut said(&server, WHOLE).await).await;
        assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
        assert!(begun.elapsed() < HEADER_TIMEOUT, "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let server = Loopback::start(Echo, Peers::probe()).await.unwrap();
    let begun = Instant::now();
    let answer = heard(&mut said(&server, UNFINISHED).await).await;
    assert_eq!(answer, "");
    assert!(begun.elapsed() <= WHOLE_TIMEOUT + Duration::from_secs(1));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn another_user_is_not_listened_to() {
    if !rustix::process::geteuid().is_root() {
        // Only root can become somebody else.
        return;
    }
    let server = Loopback::start(Echo, Peers::probe()).await.unwrap();
    let ask = format!(
        "exec 3<>/dev/tcp/127.0.0.1/{}; printf '{}' >&3; cat <&3",
        server.address().port(),
        WHOLE.escape_default()
    );
    let asked = async |user: &str| {
        let mut command = tokio::process::Command::new("setpriv");
        let identity = ["--reuid", user, "--regid", user, "--clear-groups"];
        command.args(identity).args(["bash", "-c", &ask]);
        let output = command.output().await.unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(asked("0").await.ends_with("ok"));
    assert_eq!(asked("65534").await, "");
}
