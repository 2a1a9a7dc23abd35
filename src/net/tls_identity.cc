#include "net/tls_identity.h"

#include <ctime>
#include <utility>

#include <openssl/pem.h>
#include <sys/stat.h>

#include "net/egress.h"
#include "net/openssl.h"

namespace fleethook::net {
namespace {

constexpr unsigned char kSessionContext[] = "fleethook";
constexpr std::string_view kHttp11 = "\x08http/1.1";

// Without this OpenSSL would ask at the terminal for the password of a key.
int no_password(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

// A client that knows other protocols only is served HTTP/1.1 all the same: it may understand.
int choose_protocol(
    SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered, unsigned size, void*) {
  unsigned char* chosen = nullptr;
  const int verdict = SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(kHttp11.data()),
                                            static_cast<unsigned>(kHttp11.size()), offered, size);
  *out = chosen;
  return verdict == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

Instant instant_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return Instant(std::chrono::seconds(::timegm(&parts)));
}

std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> names;
  auto* alternatives =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives, i);
    const ASN1_STRING* text = name->type == GEN_DNS     ? name->d.dNSName
                              : name->type == GEN_IPADD ? name->d.iPAddress
                                                        : nullptr;
    if (text == nullptr) continue;
    const auto* bytes = ASN1_STRING_get0_data(text);
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(text));
    if (name->type == GEN_DNS) {
      names.emplace_back(reinterpret_cast<const char*>(bytes), size);
      continue;
    }
    Address address;
    if (size != 4 && size != 16) continue;
    address.v6 = size == 16;
    std::copy_n(bytes, size, address.bytes.begin());
    names.push_back(address.str());
  }
  GENERAL_NAMES_free(alternatives);
  return names;
}

Error unavailable(const std::string& what) {
  return Error{Fault::kUnavailable, what + ": " + take_openssl_error()};
}

Result<SslContextPtr> make_context(const std::string& cert_file, const std::string& key_file) {
  ERR_clear_error();
  SslContextPtr context = make_tls_context(TLS_server_method());
  if (!context) return unavailable("TLS cannot be set up");
  bool asked_for_password = false;
  SSL_CTX_set_default_passwd_cb(context.get(), no_password);
  SSL_CTX_set_default_passwd_cb_userdata(context.get(), &asked_for_password);
  if (SSL_CTX_use_certificate_chain_file(context.get(), cert_file.c_str()) != 1) {
    return unavailable("the certificate " + cert_file + " cannot be read");
  }
  const bool key_taken = SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(context.get(), nullptr);
  if (asked_for_password) {
    ERR_clear_error();
    return Error{Fault::kUnavailable, "the private key " + key_file + " is locked with a password; store it without"};
  }
  // The second question is for a key of another kind than the certificate's, which the first step takes.
  if (!key_taken || SSL_CTX_check_private_key(context.get()) != 1) {
    return unavailable("the private key " + key_file + " cannot be used with " + cert_file);
  }
  SSL_CTX_set_session_id_context(context.get(), kSessionContext, sizeof kSessionContext - 1);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);  // clients keep them, in tickets
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  return context;
}

}  // namespace

TlsIdentity::FileState TlsIdentity::look_at(const std::string& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return {};
  const auto in_ns = [](const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; };
  return {found.st_dev, found.st_ino, static_cast<std::uint64_t>(found.st_size), in_ns(found.st_mtim),
          in_ns(found.st_ctim)};
}

TlsIdentity::State TlsIdentity::look() const {
  return {look_at(cert_file_), look_at(key_file_)};
}

// `seen` is older than what is read: what is written in between shows at the next look.
Result<void> TlsIdentity::take(const State& seen) {
  FLEETHOOK_TRY(SslContextPtr made, make_context(cert_file_, key_file_));
  const X509* certificate = SSL_CTX_get0_certificate(made.get());
  CertificateFacts facts{names_of(certificate), instant_of(X509_get0_notBefore(certificate)),
                         instant_of(X509_get0_notAfter(certificate))};
  ERR_clear_error();
  taken_ = seen;
  doubtful_ = refused_ = {};
  const std::lock_guard lock(mutex_);
  context_ = std::shared_ptr<SSL_CTX>(std::move(made));
  facts_ = std::move(facts);
  return {};
}

Result<std::shared_ptr<TlsIdentity>> TlsIdentity::load(std::string cert_file, std::string key_file) {
  std::shared_ptr<TlsIdentity> identity(new TlsIdentity(std::move(cert_file), std::move(key_file)));
  FLEETHOOK_CHECK(identity->reload());
  return identity;
}

Result<void> TlsIdentity::reload() {
  const std::lock_guard lock(reloading_);
  const State seen = look();
  auto taken = take(seen);
  if (!taken.ok()) refused_ = seen;
  return taken;
}

Result<bool> TlsIdentity::reload_if_changed() {
  const std::lock_guard lock(reloading_);
  const State seen = look();
  if (seen == taken_ || seen == refused_) return false;
  auto taken = take(seen);
  if (taken.ok()) return true;
  if (seen != doubtful_) {
    doubtful_ = seen;
    return false;
  }
  refused_ = seen;
  return taken.error();
}

CertificateFacts TlsIdentity::facts() const {
  const std::lock_guard lock(mutex_);
  return facts_;
}

std::shared_ptr<ssl_ctx_st> TlsIdentity::context() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

}  // namespace fleethook::net
