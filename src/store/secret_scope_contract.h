// The part of the store contract about who may say where a secret goes, and in which products it is used: a suite of
// its own, instantiated with the same factory. See store_contract.h.
#pragma once
#include "store/named_values.h"
#include "store/store_contract.h"

namespace fleethook::store {

class SecretScopeContract : public StoreContract {
 protected:
  core::User ann = add_user("ann@example.com");  // Owner of acme
  core::User dev = add_user("dev@example.com");  // Developer of product one alone
  core::User eve = add_user("eve@example.com");  // Developer of acme
  core::Organization acme = add_organization(ann, "Acme", "acme");
  core::Product one = add_product(ann, acme, "One");
  core::Product two = add_product(ann, acme, "Two");
  core::Product own = add_product(ann, {}, "Own");
  SecretOwner of_acme = SecretOwner::of(acme.id), of_ann = SecretOwner::of(ann.id);

  void SetUp() override {
    ASSERT_TRUE(store().add_member({{}, one.id}, dev.id, core::Role::kDeveloper, actor(ann)).ok());
    ASSERT_TRUE(store().add_member({{}, own.id}, dev.id, core::Role::kAdministrator, actor(ann)).ok());
    ASSERT_TRUE(store().add_member({acme.id, {}}, eve.id, core::Role::kDeveloper, actor(ann)).ok());
    ASSERT_TRUE(store().put_secret(of_acme, {"KEY", "v"}, actor(ann)).ok());
    ASSERT_TRUE(store().put_secret(of_ann, {"KEY", "v"}, actor(ann)).ok());
  }

  // Puts the two lists of acme's KEY.
  void limit(SecretProducts products, std::optional<std::vector<std::string>> hosts = {}) {
    NewSecret secret{"KEY"};
    secret.products = std::move(products);
    secret.hosts = std::move(hosts);
    const auto put = store().put_secret(of_acme, secret, actor(ann));
    ASSERT_TRUE(put.ok()) << put.error().message;
  }
  static core::IntegrationConfig with_key(const std::string& url = "https://example.com/hook") {
    core::IntegrationConfig config = webhook("temp", url);
    config.secrets = {"KEY"};
    return config;
  }
  std::string code(const Result<core::IntegrationPtr>& result) {
    if (result.ok()) return "ok";
    return result.error().code.empty() ? result.error().message : result.error().code;
  }
  Result<core::IntegrationPtr> create(const core::User& by,
                                      const core::IntegrationConfig& config,
                                      std::vector<core::ProductId> on = {}) {
    if (on.empty()) on = {one.id};
    return store().create_integration({core::Scope::kOrganization, {}, acme.id, std::move(on), by.id, config});
  }
  Result<core::IntegrationPtr> update(const core::User& by,
                                      const core::IntegrationPtr& old,
                                      const core::IntegrationConfig& config,
                                      std::vector<core::ProductId> on = {}) {
    if (on.empty()) on = old->products;
    return store().update_integration(old->id, {config, std::move(on), std::nullopt, by.id});
  }
  // What `product` sends to another address, or with a header of its own.
  Result<core::IntegrationPtr> override_on(const core::User& by,
                                           const core::IntegrationPtr& old,
                                           core::ProductId product,
                                           const json::Object& settings) {
    const auto made = store().change_integrations([&](const Catalog& catalog, const Making& making) {
      auto next = next_version(*catalog.integration(old->id), making);
      std::erase_if(next->overrides, [&](const core::Override& each) { return each.product == product; });
      next->overrides.push_back({product, settings});
      Changes changes;
      changes.integrations.push_back({std::move(next), "override_set", by.id});
      return Result<Changes>(std::move(changes));
    });
    if (!made.ok()) return made.error();
    return made->front();
  }
  core::NamedValues values(const core::IntegrationPtr& integration, core::ProductId product) {
    return named_values(*catalog(), *integration, *integration->compiled(), product);
  }
};

TEST_P(SecretScopeContract, WithoutAListOnlyWhoMayChangeAllOfTheOrganizationSelectsASecret) {
  EXPECT_EQ(code(create(dev, with_key())), "secret_not_allowed");
  EXPECT_EQ(code(create(eve, with_key())), "ok");
  EXPECT_EQ(code(create(dev, webhook("temp"))), "ok");
  core::IntegrationConfig behind = webhook("temp");
  behind.parameters = {json::Object{{"key", "K"}, {"secret", "KEY"}}};
  EXPECT_EQ(code(create(dev, behind)), "secret_not_allowed") << "behind a parameter is selected too";
  EXPECT_EQ(create(dev, with_key()).error().fault, Fault::kForbidden);
}

TEST_P(SecretScopeContract, WhoMaySelectItForAProductOnlyMayNotLeadItElsewhereThere) {
  const auto mine = made(create(eve, with_key()));
  EXPECT_EQ(code(update(dev, mine, with_key("https://evil.example/"))), "secret_not_allowed");
  core::IntegrationConfig changed = with_key();
  changed.headers = {{"Host", "evil.example"}};
  EXPECT_EQ(code(update(dev, mine, changed)), "secret_not_allowed");
  changed = with_key();
  changed.reject_unauthorized = false;
  EXPECT_EQ(code(update(dev, mine, changed)), "secret_not_allowed");
  changed = with_key();
  changed.body = "{{{KEY}}}";
  EXPECT_EQ(code(update(dev, mine, changed)), "secret_not_allowed");
  changed = with_key();
  changed.delivery.redirects = core::Redirects::kError;
  EXPECT_EQ(code(update(dev, mine, changed)), "secret_not_allowed");

  const auto shared = made(create(eve, with_key(), {one.id, two.id}));
  EXPECT_EQ(code(override_on(dev, shared, one.id, {{"url", "https://evil.example/"}})), "secret_not_allowed");
  EXPECT_EQ(code(override_on(dev, shared, one.id, {{"headers", json::Object{{"X", "y"}}}})), "secret_not_allowed");
  EXPECT_EQ(code(override_on(eve, shared, one.id, {{"url", "https://ours.example/"}})), "ok");
}

TEST_P(SecretScopeContract, WhatSaysNothingOfWhereItGoesMayBeChangedAsBefore) {
  const auto mine = made(create(eve, with_key()));
  core::IntegrationConfig changed = with_key();
  changed.name = "another name";
  changed.event = "other";
  changed.response_topic = "topic";
  changed.delivery.timeout = std::chrono::seconds(7);
  changed.policy = core::DeliveryPolicy::kParticle;
  EXPECT_EQ(code(update(dev, mine, changed)), "ok");
  const auto shared = made(create(eve, with_key(), {one.id, two.id}));
  EXPECT_EQ(code(override_on(dev, shared, one.id, {{"disabled", true}})), "ok");
  core::IntegrationConfig without = changed;
  without.secrets.clear();
  without.url = "https://elsewhere.example/";
  EXPECT_EQ(code(update(dev, mine, without)), "ok") << "what no longer uses it goes where it likes";
  EXPECT_EQ(code(update(dev, mine, with_key())), "secret_not_allowed") << "and does not get it back";
}

TEST_P(SecretScopeContract, APlacementIsNotAddedAndWhatLeavesOneIsNotStopped) {
  const auto elsewhere = made(create(eve, with_key(), {two.id}));
  EXPECT_EQ(code(update(dev, elsewhere, with_key(), {one.id, two.id})), "secret_not_allowed");
  const auto shared = made(create(eve, with_key(), {one.id, two.id}));
  EXPECT_EQ(code(update(dev, shared, with_key(), {two.id})), "ok");
}

TEST_P(SecretScopeContract, WithAListWhoChangesIntegrationsOfAProductInItUsesItThereAndNowhereElse) {
  limit(std::vector{one.id});
  EXPECT_EQ(code(create(dev, with_key("https://any.example/"))), "ok");
  EXPECT_EQ(code(create(eve, with_key(), {two.id})), "secret_not_for_product") << "the list counts for everybody";
  EXPECT_EQ(code(create(eve, with_key(), {one.id, two.id})), "secret_not_for_product");
  limit(std::vector{one.id, two.id});
  const auto shared = made(create(eve, with_key(), {one.id, two.id}));
  EXPECT_EQ(code(override_on(dev, shared, one.id, {{"url", "https://any.example/"}})), "ok");
  EXPECT_EQ(code(override_on(dev, shared, two.id, {{"url", "https://any.example/"}})), "secret_not_allowed");
  EXPECT_EQ(code(update(dev, shared, with_key("https://any.example/"))), "secret_not_allowed") << "of two as well";
}

TEST_P(SecretScopeContract, WhatWasTakenOffTheListGetsNoValueAndIsToldWhy) {
  const auto shared = made(create(eve, with_key(), {one.id, two.id}));
  EXPECT_EQ(values(shared, two.id).secrets.size(), 1U);
  limit(std::vector{one.id});
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(values(shared, one.id).secrets.size(), 1U);
    EXPECT_EQ(values(shared, one.id).refusal, "");
    EXPECT_TRUE(values(shared, two.id).secrets.empty());
    EXPECT_EQ(values(shared, two.id).refusal,
              "secret KEY may not be used on product two, which its list of products does not name");
    reopen();
  }
  core::IntegrationConfig renamed = with_key();
  renamed.name = "renamed";
  EXPECT_EQ(code(update(eve, shared, renamed)), "ok") << "what goes on as it did may be changed otherwise";
  limit(std::nullopt);
  EXPECT_EQ(values(shared, two.id).secrets.size(), 1U);
}

TEST_P(SecretScopeContract, AHostThatIsNoneOfItsHostsIsRefusedWhereItIsKnown) {
  limit(std::nullopt, std::vector<std::string>{"API.example.com", "*.below.example:443"});
  EXPECT_EQ(code(create(eve, with_key("https://api.example.com/x"))), "ok");
  EXPECT_EQ(code(create(eve, with_key("https://a.below.example/{{x}}"))), "ok");
  EXPECT_EQ(code(create(eve, with_key("https://a.below.example:8443/x"))), "secret_not_for_host");
  EXPECT_EQ(code(create(eve, with_key("https://evil.example/x"))), "secret_not_for_host");
  const auto dynamic = made(create(eve, with_key("https://{{host}}/x")));
  EXPECT_EQ(values(dynamic, one.id).bound.size(), 1U) << "is looked at when it is sent";
  const auto shared = made(create(eve, with_key("https://api.example.com/x"), {one.id, two.id}));
  const auto refused = override_on(eve, shared, two.id, {{"url", "https://evil.example/"}});
  EXPECT_EQ(code(refused), "secret_not_for_host");
  EXPECT_EQ(refused.error().violations.at(0).field, "url");
}

TEST_P(SecretScopeContract, AUsersSecretIsLeadByItsOwnerAloneUnlessItListsTheProduct) {
  const auto on_own = [&](const core::User& by) {
    return code(store().create_integration({core::Scope::kProduct, ann.id, {}, {own.id}, by.id, with_key()}));
  };
  EXPECT_EQ(on_own(dev), "secret_not_allowed") << "though Administrator of the product";
  EXPECT_EQ(on_own(ann), "ok");
  NewSecret listed{"KEY"};
  listed.products = SecretProducts(std::vector{own.id});
  ASSERT_TRUE(store().put_secret(of_ann, listed, actor(ann)).ok());
  EXPECT_EQ(on_own(dev), "ok");
  EXPECT_EQ(values(add_sandbox(ann, with_key()), {}).secrets.size(), 1U) << "a sandbox needs no list";
}

TEST_P(SecretScopeContract, AVariableThatIsPartOfAUrlIsNotChangedByWhoMayNotLeadTheSecret) {
  const auto set = [&](const core::User& by, const VariablesOwner& owner, const std::string& name) {
    VariablesEdit edit;
    edit.texts[name] = "evil.example";
    edit.replace = false;
    const auto done = store().set_variables(owner, edit, actor(by));
    return done.ok() ? std::string("ok") : done.error().code;
  };
  ASSERT_EQ(set(ann, VariablesOwner::of(acme.id), "HOST"), "ok");
  core::IntegrationConfig config = with_key("https://{{{product.vars.HOST}}}/");
  config.body = "{{product.vars.PLACE}}";
  const auto integration = made(create(eve, config));
  EXPECT_EQ(set(dev, VariablesOwner::of(one.id), "HOST"), "secret_not_allowed");
  EXPECT_EQ(set(dev, VariablesOwner::of(integration->number, one.id), "HOST"), "secret_not_allowed");
  EXPECT_EQ(set(dev, VariablesOwner::of(one.id), "PLACE"), "ok");
  EXPECT_EQ(set(eve, VariablesOwner::of(one.id), "HOST"), "ok");
  limit(std::vector{one.id});
  EXPECT_EQ(set(dev, VariablesOwner::of(integration->number, one.id), "HOST"), "ok");
}

TEST_P(SecretScopeContract, ApiUsersReachAsFarAsWhatTheyBelongTo) {
  const auto api_user = [&](const core::OrganizationId& organization, core::ProductId product) {
    const crypto::Digest token{static_cast<std::uint8_t>(product.is_none() ? 1 : 2)};
    const auto user =
        store().create_api_user({{organization, product}, "robot", {"integrations:create"}, token}, actor(ann));
    EXPECT_TRUE(user.ok()) << user.error().message;
    return *user;
  };
  const core::User of_one = api_user({}, one.id), of_all = api_user(acme.id, {});
  EXPECT_EQ(code(create(of_one, with_key())), "secret_not_allowed");
  EXPECT_EQ(code(create(of_all, with_key())), "ok");
  limit(std::vector{one.id});
  EXPECT_EQ(code(create(of_one, with_key())), "ok");
}

TEST_P(SecretScopeContract, AnIntegrationSelectsOnlySoManySecretsAndOneThatHasMoreGoesOn) {
  const std::size_t most = Limits().secrets_per_integration_max;
  core::IntegrationConfig config = webhook("temp");
  for (std::size_t i = 0; i <= most; ++i) {
    config.secrets.push_back("S" + std::to_string(1000 + i));
    ASSERT_TRUE(store().put_secret(of_acme, {config.secrets.back(), "v"}, actor(ann)).ok());
  }
  const auto refused = create(ann, config);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().violations.at(0).field, "secrets");
  config.secrets.pop_back();
  EXPECT_EQ(code(create(ann, config)), "ok");
}

TEST_P(SecretScopeContract, TheListsStayAcrossAReopenAndAreChangedWithoutTheValue) {
  limit(std::vector{two.id, one.id, two.id}, std::vector<std::string>{"b.example", "A.example", "b.example"});
  for (int round = 0; round < 2; ++round) {
    const SecretPtr secret = catalog()->secrets(of_acme)->at("KEY");
    EXPECT_EQ(secret->value, "v");
    EXPECT_EQ(secret->products, (std::vector{one.id, two.id}));
    EXPECT_EQ(*secret->hosts, (std::vector<std::string>{"b.example", "a.example"}));
    reopen();
  }
  ASSERT_TRUE(store().put_secret(of_acme, {"KEY", "w"}, actor(ann)).ok());
  EXPECT_NE(catalog()->secrets(of_acme)->at("KEY")->hosts, nullptr) << "a new value leaves them alone";
  const AuditEntry same = last_audit(acme);
  EXPECT_EQ(same.action, "secret.updated");
  EXPECT_TRUE(same.diff.empty());
  limit(std::nullopt);
  EXPECT_EQ(json::write(json::Value(last_audit(acme).diff)),
            R"({"products":{"from":[)" + std::to_string(one.id.value) + "," + std::to_string(two.id.value) +
                R"(],"to":null},"hosts":{"from":["b.example","a.example"],"to":null}})");
  reopen();
  EXPECT_EQ(catalog()->secrets(of_acme)->at("KEY")->products, std::nullopt);
  EXPECT_EQ(catalog()->secrets(of_acme)->at("KEY")->value, "w");
}

TEST_P(SecretScopeContract, WhatAListMayBeIsChecked) {
  const Limits limits;
  const auto field = [&](SecretProducts products, std::optional<std::vector<std::string>> hosts) {
    NewSecret secret{"KEY"};
    secret.products = std::move(products);
    secret.hosts = std::move(hosts);
    const auto put = store().put_secret(of_acme, secret, actor(ann));
    return put.ok() ? "ok" : put.error().violations.at(0).field;
  };
  EXPECT_EQ(field(std::vector<core::ProductId>(), {}), "products");
  EXPECT_EQ(field(std::vector<core::ProductId>(limits.products_per_secret_max + 1, one.id), {}), "products");
  EXPECT_EQ(field(std::nullopt, std::vector<std::string>()), "hosts");
  EXPECT_EQ(field(std::nullopt, std::vector<std::string>(limits.hosts_per_secret_max + 1, "a.example")), "hosts");
  EXPECT_EQ(field(std::nullopt, std::vector<std::string>{"a.example", "https://b.example"}), "hosts.1");
  EXPECT_EQ(store().put_secret(of_acme, {"FRESH"}, actor(ann)).error().violations.at(0).field, "value");
}

}  // namespace fleethook::store
