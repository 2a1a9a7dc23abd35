#include "store/sqlite/secret_rows.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "store/sqlite/sql.h"

namespace fleethook::store {
namespace {

using sqlite::Database;
using sqlite::Statement;

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string shown(const SecretOwner& owner) {
  return owner.organization.is_none() ? "user " + owner.user.str() : "organization " + owner.organization.str();
}

// What a sealed value is bound to: moved to another row it does not open.
std::string place_of(const SecretOwner& owner, std::string_view name) {
  return (owner.organization.is_none() ? "u:" + owner.user.str() : "o:" + owner.organization.str()) + "/" +
         std::string(name);
}

Error cannot_open(const SecretOwner& owner, const std::string& name, const std::string& why) {
  return Error{Fault::kCorrupt, "secret " + name + " of " + shown(owner) + " cannot be opened: " + why,
               "secret_not_opened"};
}

// NULL: no limit.
std::optional<std::string> products_json(const SecretProducts& products) {
  if (!products) return std::nullopt;
  json::Array ids;
  for (const core::ProductId id : *products) ids.emplace_back(id.value);
  return json::write(std::move(ids));
}

std::optional<std::string> hosts_json(const SecretHosts& hosts) {
  if (hosts == nullptr) return std::nullopt;
  return json::write(json::Array(hosts->begin(), hosts->end()));
}

// Both as written above; a limit that cannot be read must not be taken for none.
bool read_lists(const Statement& row, int first_column, Secret& secret) {
  const auto list = [&](int column) { return json::parse(row.column_text(column)); };
  if (!row.column_is_null(first_column)) {
    const auto ids = list(first_column);
    if (!ids.ok() || !ids->is_array()) return false;
    secret.products.emplace();
    for (const json::Value& id : ids->as_array()) {
      if (!id.is_int()) return false;
      secret.products->push_back({static_cast<std::uint64_t>(id.as_int())});
    }
  }
  if (row.column_is_null(first_column + 1)) return true;
  const auto texts = list(first_column + 1);
  if (!texts.ok() || !texts->is_array()) return false;
  std::vector<std::string> hosts;
  for (const json::Value& host : texts->as_array()) {
    if (!host.is_string()) return false;
    hosts.push_back(host.as_string());
  }
  secret.hosts = std::make_shared<const std::vector<std::string>>(std::move(hosts));
  return true;
}

SecretOwner read_owner(const Statement& row, int first_column) {
  return {sql::id<core::OrganizationId>(row, first_column), sql::id<core::UserId>(row, first_column + 1)};
}

}  // namespace

Result<std::size_t> count_secrets(Database& database) {
  FLEETHOOK_TRY(const auto count, sql::first_number(database, "SELECT count(*) FROM secret"));
  return static_cast<std::size_t>(count.value_or(0));
}

Result<void> load_secrets(Database& database, const crypto::Keyring& keys, CatalogEditor& editor) {
  std::map<core::OrganizationId, Secrets> of_organizations;
  std::map<core::UserId, Secrets> of_users;
  FLEETHOOK_CHECK(sql::for_each(
      database,
      "SELECT organization, user, name, sealed, created_at, updated_at, last_accessed_at, products, hosts FROM secret "
      "ORDER BY number",
      [&](const Statement& row) -> Result<void> {
        const SecretOwner owner = read_owner(row, 0);
        auto secret = std::make_shared<Secret>();
        secret->name = sql::text(row, 2);
        auto value = keys.open(row.column_text(3), place_of(owner, secret->name));
        if (!value) return cannot_open(owner, secret->name, value.error().message);
        secret->value = std::move(value).value();
        secret->created_at = sql::instant(row, 4);
        secret->updated_at = sql::instant(row, 5);
        secret->access = std::make_shared<core::LastUse>(sql::optional_instant(row, 6));
        if (!read_lists(row, 7, *secret)) {
          return Error{Fault::kCorrupt,
                       "the limits of secret " + secret->name + " of " + shown(owner) + " cannot be read"};
        }
        Secrets& secrets = owner.organization.is_none() ? of_users[owner.user] : of_organizations[owner.organization];
        std::string name = secret->name;
        secrets.emplace(std::move(name), std::move(secret));
        return {};
      }));
  for (auto& [id, secrets] : of_organizations) editor.put_secrets(SecretOwner::of(id), std::move(secrets));
  for (auto& [id, secrets] : of_users) editor.put_secrets(SecretOwner::of(id), std::move(secrets));
  return {};
}

Result<void> load_variables(Database& database, CatalogEditor& editor) {
  return sql::for_each(database, "SELECT organization, product, integration, texts FROM variables",
                       [&](const Statement& row) -> Result<void> {
                         const VariablesOwner owner{sql::id<core::OrganizationId>(row, 0),
                                                    sql::number<core::ProductId>(row, 1),
                                                    sql::number<core::IntegrationNumber>(row, 2)};
                         const auto texts = json::parse(row.column_text(3));
                         if (!texts || !texts->is_object())
                           return Error{Fault::kCorrupt, "variables in the data file cannot be read"};
                         Variables variables;
                         for (const auto& [name, text] : texts->as_object()) {
                           if (!text.is_string())
                             return Error{Fault::kCorrupt, "variable " + name + " in the data file is no text"};
                           variables.emplace(name, text.as_string());
                         }
                         editor.put_variables(owner, std::move(variables));
                         return {};
                       });
}

Result<void> write_secret(
    Database& database, const SecretOwner& owner, const Secret& secret, const crypto::Keyring& keys, Random& random) {
  const std::string sealed = keys.seal(secret.value, place_of(owner, secret.name), random);
  const auto products = products_json(secret.products), hosts = hosts_json(secret.hosts);
  FLEETHOOK_CHECK(erase_secret(database, owner, secret.name));
  FLEETHOOK_TRY(Statement insert,
                database.prepare("INSERT INTO secret(organization, user, name, sealed, created_at, updated_at, "
                                 "last_accessed_at, products, hosts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
  sql::bind(insert, 1, owner.organization);
  sql::bind(insert, 2, owner.user);
  sql::bind(insert, 3, std::string_view(secret.name));
  insert.bind_blob(4, as_bytes(sealed));
  sql::bind(insert, 5, secret.created_at);
  sql::bind(insert, 6, secret.updated_at);
  sql::bind(insert, 7, secret.access->last());
  sql::bind(insert, 8, products);
  sql::bind(insert, 9, hosts);
  return insert.run();
}

Result<void> erase_secret(Database& database, const SecretOwner& owner, const std::string& name) {
  return sql::run(database, "DELETE FROM secret WHERE organization IS ?1 AND user IS ?2 AND name = ?3",
                  owner.organization, owner.user, name);
}

Result<void> write_secret_access(Database& database, const SecretOwner& owner, const Secret& secret) {
  return sql::run(database,
                  "UPDATE secret SET last_accessed_at = ?4 WHERE organization IS ?1 AND user IS ?2 AND name = ?3",
                  owner.organization, owner.user, secret.name, secret.access->last());
}

Result<void> write_variables(Database& database, const VariablesOwner& owner, const Variables& variables) {
  FLEETHOOK_CHECK(sql::run(database,
                           "DELETE FROM variables WHERE organization IS ?1 AND product IS ?2 AND integration IS ?3",
                           owner.organization, owner.product, owner.integration));
  if (variables.empty()) return {};
  json::Object texts;
  for (const auto& [name, text] : variables) texts.set(name, text);
  return sql::run(database, "INSERT INTO variables(organization, product, integration, texts) VALUES (?1, ?2, ?3, ?4)",
                  owner.organization, owner.product, owner.integration, json::write(json::Value(std::move(texts))));
}

namespace {

struct SealedRow {
  std::int64_t number = 0;
  std::string sealed;
};

Result<std::vector<SealedRow>> seal_again(Database& database, const crypto::Keyring& keys, Random& random) {
  std::vector<SealedRow> rows;
  FLEETHOOK_CHECK(sql::for_each(database, "SELECT number, organization, user, name, sealed FROM secret",
                                [&](const Statement& row) -> Result<void> {
                                  const std::string_view sealed = row.column_text(4);
                                  if (keys.is_current(sealed)) return {};
                                  const SecretOwner owner = read_owner(row, 1);
                                  const std::string name = sql::text(row, 3);
                                  const auto value = keys.open(sealed, place_of(owner, name));
                                  if (!value) return cannot_open(owner, name, value.error().message);
                                  rows.push_back({row.column_int(0), keys.seal(*value, place_of(owner, name), random)});
                                  return {};
                                }));
  return rows;
}

}  // namespace

Result<std::size_t> reseal_secrets(Database& database, const crypto::Keyring& keys, Random& random) {
  FLEETHOOK_CHECK(database.execute("BEGIN IMMEDIATE"));
  std::size_t count = 0;
  auto result = [&]() -> Result<void> {
    FLEETHOOK_TRY(const auto rows, seal_again(database, keys, random));
    for (const SealedRow& row : rows) {
      FLEETHOOK_TRY(Statement update, database.prepare("UPDATE secret SET sealed = ?2 WHERE number = ?1"));
      FLEETHOOK_CHECK(update.bind(1, row.number).bind_blob(2, as_bytes(row.sealed)).run());
    }
    count = rows.size();
    return database.execute("COMMIT");
  }();
  if (!result) {
    if (database.in_transaction()) (void)database.execute("ROLLBACK").ok();
    return std::move(result).error();
  }
  return count;
}

}  // namespace fleethook::store
