// Who a TLS server says it is: a certificate with its key, from files that may be replaced while the server runs.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace fleethook::net {

// What people want to know of a certificate.
struct CertificateFacts {
  std::vector<std::string> names;  // hosts and addresses that it is good for
  Instant from{}, until{};
};

// Shared by all loops; thread-safe. Connections keep the identity that they began with.
class TlsIdentity {
 public:
  // PEM files: the certificate followed by its chain, and its private key. kUnavailable, naming the file, if one cannot
  // be read, is locked with a password, or they do not belong together. May block on the disk.
  static Result<std::shared_ptr<TlsIdentity>> load(std::string cert_file, std::string key_file);

  // Reads the files again. On an error the pair in use stays.
  Result<void> reload();
  // The same once they are others than at the last look; true if there is a new pair. One of the two files is replaced
  // first, so what cannot be used is an error only if the next look finds it unchanged, and is told once.
  Result<bool> reload_if_changed();

  CertificateFacts facts() const;
  std::shared_ptr<ssl_ctx_st> context() const;  // for net/

 private:
  // Tells two states of a file apart; all zero for one that is not there.
  struct FileState {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t modified_ns = 0, changed_ns = 0;
    bool operator==(const FileState&) const = default;
  };
  struct State {
    FileState cert, key;
    bool operator==(const State&) const = default;
  };
  TlsIdentity(std::string cert_file, std::string key_file)
      : cert_file_(std::move(cert_file)), key_file_(std::move(key_file)) {}
  static FileState look_at(const std::string& file);
  State look() const;
  Result<void> take(const State& seen);

  const std::string cert_file_, key_file_;
  std::mutex reloading_;  // one at a time; guards the three states
  State taken_, doubtful_, refused_;

  mutable std::mutex mutex_;  // guards what is in use
  std::shared_ptr<ssl_ctx_st> context_;
  CertificateFacts facts_;
};

}  // namespace fleethook::net
