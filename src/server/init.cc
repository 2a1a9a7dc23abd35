#include <cstdio>

#include "base/crypto.h"
#include "base/text.h"
#include "json/value.h"
#include "server/commands.h"
#include "server/data_folder.h"
#include "server/master_key.h"

namespace fleethook::server {
namespace {

std::string random_hex(Random& random, std::size_t bytes) {
  std::vector<std::uint8_t> drawn(bytes);
  random.fill(drawn);
  return to_hex(drawn);
}

Result<std::string> add_administrator(
    store::Store& store, const InitOptions& options, const std::string& password, const Clock& clock, Random& random) {
  store::NewUser user;
  user.username = ascii_lower(options.admin);
  user.password_hash = crypto::hash_password(password);
  user.account_info = json::Object{};
  user.administrator = true;
  FLEETHOOK_TRY(const core::User made, store.create_user(std::move(user), store::Actor()));
  std::string token = random_hex(random, 20);
  core::AccessToken access;
  access.digest = crypto::digest(token);
  access.user = made.id;
  access.client = "fleethook-init";
  access.created_at = clock.now();
  FLEETHOOK_CHECK(store.add_token(std::move(access), {}));
  return token;
}

}  // namespace

Result<Administrator> make_installation(const InitOptions& options) {
  if (!crypto::init()) return Error{Fault::kUnavailable, "the cryptographic library does not start"};
  if (options.admin.find('@') == std::string::npos) {
    return Error{Fault::kInvalid, "--admin: expected an email address, got '" + options.admin + "'"};
  }
  if (has_hidden_characters(options.admin)) {
    return Error{Fault::kInvalid, "--admin: must not have control characters or characters that are not seen"};
  }
  const Limits limits;
  if (!options.password.empty() && options.password.size() < limits.password_bytes_min) {
    return Error{Fault::kInvalid, "--password: at least " + std::to_string(limits.password_bytes_min) + " characters"};
  }
  const SystemClock clock;
  SystemRandom random;
  FLEETHOOK_TRY(const auto folder,
                DataFolder::open(options.data, /*create=*/true, clock, random, options.master_key_file));
  Administrator administrator;
  administrator.username = ascii_lower(options.admin);
  administrator.password = options.password.empty() ? random_hex(random, 12) : options.password;
  FLEETHOOK_TRY(administrator.access_token,
                add_administrator(folder->store(), options, administrator.password, clock, random));
  return administrator;
}

int init(const InitOptions& options) {
  const auto made = make_installation(options);
  if (!made.ok()) {
    std::fprintf(stderr, "fleethook init: %s\n", made.error().message.c_str());
    return 1;
  }
  if (options.json) {
    const json::Object shown{
        {"username", made->username}, {"password", made->password}, {"access_token", made->access_token}};
    std::printf("%s\n", json::write(shown).c_str());
  } else {
    std::printf(
        "username      %s\npassword      %s\naccess token  %s\n\nThese are shown this once. Start the server with:\n"
        "  fleethook serve --data %s\n\nKeep a copy of %s, apart from copies of the data: secrets cannot be read "
        "without it.\n",
        made->username.c_str(), made->password.c_str(), made->access_token.c_str(), options.data.c_str(),
        master_key_path(options.data, options.master_key_file).c_str());
  }
  return 0;
}

}  // namespace fleethook::server
