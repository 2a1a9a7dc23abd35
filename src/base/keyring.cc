#include "base/keyring.h"

#include <algorithm>

#include <sodium.h>

#include "base/assert.h"
#include "base/crypto.h"
#include "base/hex.h"

namespace fleethook::crypto {
namespace {

constexpr char kFormat = 1;  // first byte of what is sealed
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Error broken(const std::string& why) {
  return Error{Fault::kCorrupt, why};
}

}  // namespace

Keyring::Key Keyring::make_key(Random& random) {
  static_assert(kKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
  Key key;
  random.fill(key.bytes);
  key.id = id_of(key.bytes);
  return key;
}

std::array<std::uint8_t, Keyring::kIdBytes> Keyring::id_of(const std::array<std::uint8_t, kKeyBytes>& bytes) {
  const Digest hash = digest("fleethook key id " + to_hex(bytes));
  std::array<std::uint8_t, kIdBytes> id;
  std::copy_n(hash.begin(), id.size(), id.begin());
  return id;
}

Keyring Keyring::make(Random& random) {
  Keyring keyring;
  keyring.add_key(random);
  return keyring;
}

Result<Keyring> Keyring::parse(std::string_view text) {
  Keyring keyring;
  for (std::size_t line_number = 1; !text.empty(); ++line_number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    const auto wrong = [&](const std::string& why) {
      return broken("line " + std::to_string(line_number) + ": " + why);
    };
    Key key;
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || !from_hex(line.substr(0, space), key.id) ||
        !from_hex(line.substr(space + 1), key.bytes)) {
      return wrong("expected the id and the key in hexadecimal, " + std::to_string(2 * kIdBytes) + " and " +
                   std::to_string(2 * kKeyBytes) + " digits");
    }
    if (key.id != id_of(key.bytes)) return wrong("the key is not the one that its id tells; a digit was changed");
    keyring.keys_.push_back(key);
  }
  if (keyring.empty()) return broken("there is no key in it");
  return keyring;
}

std::string Keyring::str() const {
  std::string text =
      "# The keys that Fleethook seals secrets with; the first one is the current key. Without this file the secrets "
      "in\n"
      "# the data cannot be read: keep a copy of it, apart from the copies of the data.\n";
  for (const Key& key : keys_) {
    append_hex(key.id, text);
    text += ' ';
    append_hex(key.bytes, text);
    text += '\n';
  }
  return text;
}

std::string Keyring::current_id() const {
  return empty() ? std::string() : to_hex(keys_.front().id);
}

void Keyring::add_key(Random& random) {
  keys_.insert(keys_.begin(), make_key(random));
}

void Keyring::drop_old_keys() {
  if (keys_.size() > 1) keys_.resize(1);
}

// Format, id of the key, nonce, ciphertext with its tag. What is authenticated beside the plain text is all that stands
// before the nonce, and `bound_to`.
std::string Keyring::seal(std::string_view plain, std::string_view bound_to, Random& random) const {
  FLEETHOOK_ASSERT(!empty());
  const Key& key = keys_.front();
  std::string sealed(1, kFormat);
  sealed.append(reinterpret_cast<const char*>(key.id.data()), key.id.size());
  const std::string bound = sealed + std::string(bound_to);
  std::array<std::uint8_t, kNonceBytes> nonce;
  random.fill(nonce);
  sealed.append(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  const std::size_t head = sealed.size();
  sealed.resize(head + plain.size() + kTagBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(reinterpret_cast<unsigned char*>(sealed.data() + head), nullptr,
                                             bytes_of(plain), plain.size(), bytes_of(bound), bound.size(), nullptr,
                                             nonce.data(), key.bytes.data());
  return sealed;
}

const Keyring::Key* Keyring::key_of(std::string_view sealed) const {
  if (sealed.size() < 1 + kIdBytes + kNonceBytes + kTagBytes || sealed.front() != kFormat) return nullptr;
  const auto is_it = [&](const Key& key) { return std::equal(key.id.begin(), key.id.end(), bytes_of(sealed) + 1); };
  const auto found = std::ranges::find_if(keys_, is_it);
  return found == keys_.end() ? nullptr : &*found;
}

Result<std::string> Keyring::open(std::string_view sealed, std::string_view bound_to) const {
  constexpr std::size_t kHead = 1 + kIdBytes;
  if (sealed.size() < kHead + kNonceBytes + kTagBytes || sealed.front() != kFormat)
    return broken("it is no sealed value");
  const Key* key = key_of(sealed);
  if (key == nullptr) {
    std::array<std::uint8_t, kIdBytes> id;
    std::copy_n(bytes_of(sealed) + 1, id.size(), id.begin());
    return broken("it was sealed with key " + to_hex(id) + ", which is not there");
  }
  const std::string bound = std::string(sealed.substr(0, kHead)) + std::string(bound_to);
  const std::string_view nonce = sealed.substr(kHead, kNonceBytes);
  const std::string_view cipher = sealed.substr(kHead + kNonceBytes);
  std::string plain(cipher.size() - kTagBytes, '\0');
  const int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
      reinterpret_cast<unsigned char*>(plain.data()), nullptr, nullptr, bytes_of(cipher), cipher.size(),
      bytes_of(bound), bound.size(), bytes_of(nonce), key->bytes.data());
  if (failed != 0) return broken("it was changed, or belongs elsewhere");
  return plain;
}

bool Keyring::is_current(std::string_view sealed) const {
  return !empty() && key_of(sealed) == &keys_.front();
}

}  // namespace fleethook::crypto
