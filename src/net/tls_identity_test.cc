#include "net/tls_identity.h"

#include <cstring>
#include <filesystem>
#include <fstream>

#include "net/certificates_for_tests.h"
#include "net/loop_fixture.h"
#include "net/tls_server.h"

namespace fleethook::net {
namespace {

namespace fs = std::filesystem;
using http::ConnectFault;
using StreamPtr = std::unique_ptr<http::Stream>;

class TlsIdentityTest : public LoopbackTest {
 protected:
  TlsIdentityTest() {
    put(first.cert_file, cert_file);
    put(first.key_file, key_file);
    identity = TlsIdentity::load(cert_file, key_file).value();
  }
  // As certificates are renewed: the new file takes the old one's place in one step.
  static void put(const std::string& from, const std::string& as) {
    fs::copy_file(from, as + ".new");
    fs::rename(as + ".new", as);
  }
  http::ConnectResult dial_trusting(const TestCertificate& whom) {
    Connector own(loop, resolver, TlsClient::make(whom.cert_file).value(), policy);
    http::ConnectResult outcome;
    own.connect({"localhost", listener->port(), true, true}, Deadline::never(), [&](http::ConnectResult result) {
      outcome = std::move(result);
      done();
    });
    run();
    return outcome;
  }

  CertificateMaker maker;
  TestCertificate first = maker.make({});
  TestCertificate second = maker.make({});
  const std::string cert_file = maker.path("used-cert"), key_file = maker.path("used-key");
  std::shared_ptr<TlsIdentity> identity;
  std::unique_ptr<TlsServer> server;
  std::unique_ptr<Listener> listener;
  std::vector<StreamPtr> accepted;
};

TEST_F(TlsIdentityTest, ANewPairIsForNewConnectionsAndOldOnesGoOn) {
  server = std::make_unique<TlsServer>(loop, identity);
  listener = listen([this](StreamPtr tcp) {
    server->accept(std::move(tcp), [this](StreamPtr stream) {
      if (stream) accepted.push_back(std::move(stream));
    });
  });
  const auto old_connection = dial_trusting(first);
  ASSERT_EQ(old_connection.message, "");
  EXPECT_TRUE(old_connection.stream->encrypted());

  put(second.cert_file, cert_file);
  put(second.key_file, key_file);
  EXPECT_EQ(identity->reload_if_changed().value(), true);
  EXPECT_EQ(identity->reload_if_changed().value(), false);
  EXPECT_EQ(dial_trusting(first).fault, ConnectFault::kTls);
  EXPECT_EQ(dial_trusting(second).message, "");

  ASSERT_GE(accepted.size(), 1U);
  accepted[0]->write_all(std::string_view("still here"), {}, [](std::error_code problem) { EXPECT_FALSE(problem); });
  std::array<char, 32> buffer{};
  std::size_t read = 0;
  old_connection.stream->read_some(buffer, [&](std::error_code, std::size_t bytes) {
    read = bytes;
    done();
  });
  run();
  EXPECT_EQ(std::string_view(buffer.data(), read), "still here");
}

TEST_F(TlsIdentityTest, HalfAPairIsToldOnceAndOnlyWhenItStays) {
  put(second.cert_file, cert_file);
  EXPECT_EQ(identity->reload_if_changed().value(), false) << "the key may be on its way";
  const auto told = identity->reload_if_changed();
  ASSERT_FALSE(told.ok());
  EXPECT_EQ(told.error().message,
            "the private key " + key_file + " cannot be used with " + cert_file + ": key values mismatch");
  EXPECT_EQ(identity->reload_if_changed().value(), false) << "it was told";

  put(second.key_file, key_file);
  EXPECT_EQ(identity->reload_if_changed().value(), true);
}

TEST_F(TlsIdentityTest, FilesThatAreGoneOrGarbageLeaveTheOldPairInUse) {
  const auto in_use = identity->context();
  fs::remove(cert_file);
  EXPECT_EQ(identity->reload_if_changed().value(), false);
  EXPECT_TRUE(identity->reload_if_changed().error().message.starts_with("the certificate " + cert_file));
  std::ofstream(cert_file) << "-----BEGIN CERTIFICATE-----\nnonsense\n";
  EXPECT_TRUE(identity->reload().error().message.starts_with("the certificate " + cert_file)) << "at once when asked";
  EXPECT_EQ(identity->reload_if_changed().value(), false);
  EXPECT_EQ(identity->context(), in_use);

  put(first.cert_file, cert_file);
  EXPECT_EQ(identity->reload_if_changed().value(), true);
  EXPECT_NE(identity->context(), in_use);
}

TEST_F(TlsIdentityTest, SaysWhatACertificateIsGoodFor) {
  const CertificateFacts facts = identity->facts();
  EXPECT_EQ(facts.names, (std::vector<std::string>{"localhost", "127.0.0.1", "::1"}));
  EXPECT_EQ(facts.until - facts.from, std::chrono::seconds(86'400 + 3600));
}

void write_key(EVP_PKEY* key, const std::string& file, const char* password) {
  BIO* out = BIO_new_file(file.c_str(), "w");
  PEM_write_bio_PrivateKey(out, key, password != nullptr ? EVP_aes_128_cbc() : nullptr,
                           reinterpret_cast<const unsigned char*>(password),
                           password != nullptr ? static_cast<int>(std::strlen(password)) : 0, nullptr, nullptr);
  BIO_free(out);
}

TEST_F(TlsIdentityTest, AKeyWithAPasswordIsRefusedAndNobodyIsAskedForIt) {
  const std::string locked = maker.path("locked");
  write_key(first.key.get(), locked, "secret");
  EXPECT_EQ(TlsIdentity::load(first.cert_file, locked).error().message,
            "the private key " + locked + " is locked with a password; store it without");
}

TEST_F(TlsIdentityTest, AKeyOfAnotherKindThanTheCertificateIsRefused) {
  const KeyPtr rsa(EVP_RSA_gen(2048));
  const std::string file = maker.path("rsa");
  write_key(rsa.get(), file, nullptr);
  EXPECT_TRUE(TlsIdentity::load(first.cert_file, file)
                  .error()
                  .message.starts_with("the private key " + file + " cannot be used with " + first.cert_file));
}

}  // namespace
}  // namespace fleethook::net
