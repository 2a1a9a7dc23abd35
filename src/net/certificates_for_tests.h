// Certificates made on the spot, for the tests of net/: authorities, receivers, expired ones.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <openssl/pem.h>

#include "net/openssl.h"

namespace fleethook::net {

using KeyPtr = std::unique_ptr<EVP_PKEY, OpensslFree<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, OpensslFree<X509_free>>;

// A certificate with its key, also as PEM files.
struct TestCertificate {
  CertificatePtr certificate;
  KeyPtr key;
  std::string cert_file;
  std::string key_file;
};

struct CertificateWish {
  std::string name = "localhost";                                  // common name
  std::string alternatives = "DNS:localhost,IP:127.0.0.1,IP:::1";  // subjectAltName in OpenSSL's notation, "" = none
  long seconds_left = 3600;                                        // until it expires; negative: since it did
  bool authority = false;
  const TestCertificate* issuer = nullptr;  // nullptr: self-signed
};

// Owns a temporary folder with the files.
class CertificateMaker {
 public:
  CertificateMaker() {
    std::string name = (std::filesystem::temp_directory_path() / "fleethook-net-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~CertificateMaker() { std::filesystem::remove_all(folder_); }
  CertificateMaker(const CertificateMaker&) = delete;
  CertificateMaker& operator=(const CertificateMaker&) = delete;

  TestCertificate make(const CertificateWish& wish) {
    TestCertificate made{CertificatePtr(X509_new()), KeyPtr(EVP_EC_gen("P-256")), "", ""};
    X509* x = made.certificate.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(x), -86'400);
    X509_gmtime_adj(X509_getm_notAfter(x), wish.seconds_left);
    X509_set_pubkey(x, made.key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(wish.name.c_str()), -1, -1, 0);
    X509* issuer = wish.issuer != nullptr ? wish.issuer->certificate.get() : x;
    X509_set_issuer_name(x, X509_get_subject_name(issuer));
    add_extension(x, issuer, NID_basic_constraints, wish.authority ? "critical,CA:TRUE" : "CA:FALSE");
    if (!wish.alternatives.empty()) add_extension(x, issuer, NID_subject_alt_name, wish.alternatives.c_str());
    X509_sign(x, (wish.issuer != nullptr ? wish.issuer->key : made.key).get(), EVP_sha256());

    made.cert_file = path("cert");
    made.key_file = path("key");
    BIO* out = BIO_new_file(made.cert_file.c_str(), "w");
    PEM_write_bio_X509(out, x);
    BIO_free(out);
    out = BIO_new_file(made.key_file.c_str(), "w");
    PEM_write_bio_PrivateKey(out, made.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    BIO_free(out);
    return made;
  }
  std::string path(const std::string& name) const {
    return (folder_ / (name + std::to_string(serial_) + ".pem")).string();
  }

 private:
  static void add_extension(X509* x, X509* issuer, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, x, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    ASSERT_NE(extension, nullptr) << value;
    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
  }
  std::filesystem::path folder_;
  int serial_ = 0;
};

}  // namespace fleethook::net
