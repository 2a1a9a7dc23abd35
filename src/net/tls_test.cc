#include <string>

#include <sys/socket.h>

#include "net/certificates_for_tests.h"
#include "net/loop_fixture.h"
#include "net/tls_server.h"
#include "net/tls_stream.h"

namespace fleethook::net {
namespace {

using http::ConnectFault;
using StreamPtr = std::unique_ptr<http::Stream>;

class TlsTest : public LoopbackTest {
 protected:
  // Answers TLS with `certificate` on a free port from now on, and greets with "hi".
  void serve(const TestCertificate& certificate) {
    auto made = TlsServer::make(loop, certificate.cert_file, certificate.key_file);
    ASSERT_TRUE(made.ok()) << made.error().message;
    server = std::move(*made);
    listener = listen([this](StreamPtr accepted) {
      server->accept(std::move(accepted), [this](StreamPtr stream) {
        if (!stream) return;
        stream->write_all(std::string_view("hi"), {}, [](std::error_code) {});
        accepted_streams.push_back(std::move(stream));
      });
    });
  }
  http::ConnectResult dial_with(const std::shared_ptr<TlsClient>& client, const std::string& host, bool verify = true) {
    Connector own(loop, resolver, client, policy);
    http::ConnectResult outcome;
    own.connect({host, listener->port(), true, verify}, Deadline::never(), [&](http::ConnectResult result) {
      outcome = std::move(result);
      done();
    });
    run();
    return outcome;
  }
  std::shared_ptr<TlsClient> trusting(const TestCertificate& whom) { return TlsClient::make(whom.cert_file).value(); }

  CertificateMaker maker;
  TestCertificate authority = maker.make({"Test Authority", "", 3600, true, nullptr});
  std::unique_ptr<TlsServer> server;
  std::unique_ptr<Listener> listener;
  std::vector<StreamPtr> accepted_streams;
};

TEST_F(TlsTest, AcceptsACertificateOfAnAuthorityInTheCaFile) {
  serve(maker.make({"receiver", "DNS:localhost,IP:127.0.0.1", 3600, false, &authority}));
  EXPECT_EQ(dial_with(trusting(authority), "localhost").message, "");
  EXPECT_EQ(dial_with(trusting(authority), "127.0.0.1").message, "");
  EXPECT_EQ(dial_with(trusting(authority), "localhost.").message, "");
}

// OpenSSL's own variables stand in for the system's store.
TEST_F(TlsTest, TrustsTheSystemsStore) {
  serve(maker.make({"receiver", "DNS:localhost", 3600, false, &authority}));
  EXPECT_EQ(dial_with(tls, "localhost").message, "certificate: unable to get local issuer certificate");

  ASSERT_EQ(::setenv("SSL_CERT_FILE", authority.cert_file.c_str(), 1), 0);
  const auto by_file = TlsClient::make("").value();
  ::unsetenv("SSL_CERT_FILE");
  EXPECT_EQ(dial_with(by_file, "localhost").message, "");

  const std::filesystem::path folder = maker.path("store");
  std::filesystem::create_directory(folder);
  std::array<char, 16> name{};
  std::snprintf(name.data(), name.size(), "%08lx.0", X509_subject_name_hash(authority.certificate.get()));
  std::filesystem::copy_file(authority.cert_file, folder / name.data());
  ASSERT_EQ(::setenv("SSL_CERT_DIR", folder.c_str(), 1), 0);
  const auto by_folder = TlsClient::make("").value();
  EXPECT_EQ(dial_with(by_folder, "localhost").message, "");
  ::unsetenv("SSL_CERT_DIR");
}

TEST_F(TlsTest, SaysWhatIsWrongWithACertificate) {
  struct Row {
    const char* what;
    CertificateWish wish;
    const char* host;
    const char* message;
  };
  const TestCertificate stranger = maker.make({"Stranger", "", 3600, true, nullptr});
  const Row rows[] = {
      {"self-signed",
       {"receiver", "DNS:localhost", 3600, false, nullptr},
       "localhost",
       "certificate: self-signed certificate"},
      {"unknown authority",
       {"receiver", "DNS:localhost", 3600, false, &stranger},
       "localhost",
       "certificate: unable to get local issuer certificate"},
      {"expired",
       {"receiver", "DNS:localhost", -60, false, &authority},
       "localhost",
       "certificate: certificate has expired"},
      {"other name",
       {"receiver", "DNS:other.test", 3600, false, &authority},
       "localhost",
       "certificate: hostname mismatch"},
      {"common name is not looked at",
       {"localhost", "DNS:other.test", 3600, false, &authority},
       "localhost",
       "certificate: hostname mismatch"},
      {"other address",
       {"receiver", "IP:127.0.0.2,DNS:localhost", 3600, false, &authority},
       "127.0.0.1",
       "certificate: IP address mismatch"},
      {"address as a name",
       {"receiver", "DNS:127.0.0.1", 3600, false, &authority},
       "127.0.0.1",
       "certificate: IP address mismatch"},
      {"wildcard of another depth",
       {"receiver", "DNS:*.test.localhost", 3600, false, &authority},
       "a.b.test.localhost",
       "certificate: hostname mismatch"},
      {"partial wildcard",
       {"receiver", "DNS:a*.test.localhost", 3600, false, &authority},
       "ab.test.localhost",
       "certificate: hostname mismatch"},
  };
  for (const Row& row : rows) {
    serve(maker.make(row.wish));
    const auto refused = dial_with(trusting(authority), row.host);
    EXPECT_EQ(refused.fault, ConnectFault::kTls) << row.what;
    EXPECT_EQ(refused.message, row.message) << row.what;
    EXPECT_FALSE(refused.stream);
    EXPECT_EQ(dial_with(trusting(authority), row.host, false).message, "") << row.what;
  }
}

TEST_F(TlsTest, AcceptsWildcardsAndIpv6Addresses) {
  serve(maker.make({"receiver", "DNS:*.test.localhost", 3600, false, &authority}));
  EXPECT_EQ(dial_with(trusting(authority), "a.test.localhost").message, "");
  serve(maker.make({"receiver", "IP:::1", 3600, false, &authority}));
  listener = listen([this](StreamPtr tcp) { server->accept(std::move(tcp), [](StreamPtr) {}); }, "[::1]:0");
  EXPECT_EQ(dial_with(trusting(authority), "::1").message, "");
}

TEST_F(TlsTest, DoesNotTakeAnotherProtocolForTls) {
  StreamPtr kept;
  listener = listen([&](StreamPtr stream) {
    kept = std::move(stream);
    kept->write_all(std::string_view("HTTP/1.1 400 Bad Request\r\n\r\n"), {}, [](std::error_code) {});
  });
  const auto result = dial_with(tls, "127.0.0.1");
  EXPECT_EQ(result.fault, ConnectFault::kTls);
  EXPECT_EQ(result.message, "TLS handshake: wrong version number");
}

TEST_F(TlsTest, SaysThatTheOtherEndHungUp) {
  listener = listen([](StreamPtr stream) { stream.reset(); });
  const auto result = dial_with(tls, "127.0.0.1");
  EXPECT_EQ(result.fault, ConnectFault::kTls);
  EXPECT_TRUE(result.message == "TLS handshake: the other end closed the connection" ||
              result.message == "TLS handshake: read ECONNRESET" || result.message == "TLS handshake: write EPIPE")
      << result.message;
}

TEST_F(TlsTest, ResumesSessionsPerDestinationAndNeverAcrossVerification) {
  serve(maker.make({"receiver", "DNS:localhost,IP:127.0.0.1", 3600, false, &authority}));
  const auto client = trusting(authority);
  // Tickets come with the first bytes of the server, so there must be some.
  const auto exchange = [&](const std::string& host, bool verify) {
    Connector own(loop, resolver, client, policy);
    http::ConnectResult outcome;
    std::array<char, 8> buffer{};
    own.connect({host, listener->port(), true, verify}, Deadline::never(), [&](http::ConnectResult result) {
      outcome = std::move(result);
      outcome.stream->read_some(buffer, [&](std::error_code problem, std::size_t bytes) {
        EXPECT_FALSE(problem);
        EXPECT_EQ(bytes, 2U);
        done();
      });
    });
    run();
    const bool resumed = dynamic_cast<TlsStream&>(*outcome.stream).resumed();
    outcome.stream.reset();
    return resumed;
  };
  EXPECT_FALSE(exchange("localhost", true));
  EXPECT_TRUE(exchange("localhost", true));
  EXPECT_FALSE(exchange("127.0.0.1", true));
  EXPECT_FALSE(exchange("localhost", false));
  EXPECT_TRUE(exchange("localhost", false));
  EXPECT_TRUE(exchange("localhost", true));
}

TEST_F(TlsTest, AServerSurvivesClientsThatSpeakNoTlsOrLeave) {
  int refused = 0;
  const TestCertificate own = maker.make({});
  server = TlsServer::make(loop, own.cert_file, own.key_file).value();
  listener = listen([&](StreamPtr accepted) {
    server->accept(std::move(accepted), [&](StreamPtr stream) {
      EXPECT_FALSE(stream);
      if (++refused == 2) done();
    });
  });
  std::vector<StreamPtr> clients;
  for (const bool speaks : {true, false}) {
    connector.connect({"127.0.0.1", listener->port()}, Deadline::never(), [&, speaks](http::ConnectResult result) {
      if (!speaks) return result.stream.reset();
      result.stream->write_all(std::string_view("GET / HTTP/1.1\r\n\r\n"), {}, [](std::error_code) {});
      clients.push_back(std::move(result.stream));
    });
  }
  run();
  EXPECT_EQ(refused, 2);
}

TEST_F(TlsTest, AServerMayGoInTheMiddleOfAHandshake) {
  const auto witness = std::make_shared<int>();
  const TestCertificate own = maker.make({});
  server = TlsServer::make(loop, own.cert_file, own.key_file).value();
  listener = listen([&](StreamPtr accepted) {
    server->accept(std::move(accepted), [witness](StreamPtr) { FAIL(); });
    server.reset();
    EXPECT_EQ(witness.use_count(), 1);
  });
  EXPECT_EQ(dial({"127.0.0.1", listener->port(), true}).fault, ConnectFault::kTls);
}

TEST_F(TlsTest, SaysWhichFileCannotBeUsed) {
  const TestCertificate own = maker.make({});
  const TestCertificate other = maker.make({});
  EXPECT_EQ(TlsClient::make("/nowhere/ca.pem").error().fault, Fault::kUnavailable);
  EXPECT_TRUE(
      TlsClient::make("/nowhere/ca.pem").error().message.starts_with("the CA file /nowhere/ca.pem cannot be read: "));
  EXPECT_FALSE(TlsClient::make(own.key_file).ok());
  EXPECT_TRUE(TlsServer::make(loop, "/nowhere/cert.pem", own.key_file)
                  .error()
                  .message.starts_with("the certificate /nowhere/cert.pem cannot be read: "));
  EXPECT_TRUE(TlsServer::make(loop, own.cert_file, other.key_file).error().message.ends_with("key values mismatch"));
  EXPECT_FALSE(TlsServer::make(loop, own.cert_file, own.cert_file).ok());
}

}  // namespace
}  // namespace fleethook::net
