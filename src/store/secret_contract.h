// The part of the store contract about secrets and variables: a suite of its own, instantiated with the same factory.
// See store_contract.h.
#pragma once
#include "store/named_values.h"
#include "store/store_contract.h"

namespace fleethook::store {

inline const Actor kAnn{{}, "ann@example.com"};

class SecretContract : public FleetContract {
 protected:
  core::User ann = add_user("ann@example.com");
  core::Organization acme = add_organization(ann, "Acme", "acme");
  core::Product one = add_product(ann, acme, "One");
  core::Product two = add_product(ann, acme, "Two");
  core::Product own = add_product(ann, {}, "Own");
  SecretOwner of_acme = SecretOwner::of(acme.id), of_ann = SecretOwner::of(ann.id);

  Result<SecretPut> put(const SecretOwner& owner, const std::string& name, const std::string& value) {
    return store().put_secret(owner, {name, value}, kAnn);
  }
  Result<VariablesPtr> set(const VariablesOwner& owner, const Variables& texts, bool replace = true) {
    VariablesEdit edit;
    edit.texts.insert(texts.begin(), texts.end());
    edit.replace = replace;
    return store().set_variables(owner, edit, kAnn);
  }
  Result<VariablesPtr> remove(const VariablesOwner& owner, const std::string& name) {
    return store().set_variables(owner, {{{name, std::nullopt}}, false}, kAnn);
  }
  std::string value(const SecretOwner& owner, const std::string& name) {
    const Secrets* secrets = catalog()->secrets(owner);
    return secrets == nullptr || !secrets->contains(name) ? "(none)" : secrets->at(name)->value;
  }
  Variables variables(const VariablesOwner& owner) {
    const Variables* found = catalog()->variables(owner);
    return found == nullptr ? Variables() : *found;
  }
  core::IntegrationPtr shared(core::IntegrationConfig config) { return add_shared(acme, {one.id, two.id}, config); }
  static core::IntegrationConfig using_secret(const std::string& name) {
    core::IntegrationConfig config = webhook("temp");
    config.secrets = {name};
    return config;
  }
  static core::IntegrationConfig using_variable(const std::string& name) {
    return webhook("temp", "https://example.com/{{{product.vars." + name + "}}}");
  }
  // What the integration gets for an event of the product, as "NAME=text ...".
  std::string values(const core::IntegrationPtr& integration, core::ProductId product) {
    const auto got = named_values(*catalog(), *integration, *integration->compiled(), product);
    std::string text;
    for (const auto& [name, one_text] : got.secrets) text += name + "=" + one_text + " ";
    for (const auto& [name, one_text] : got.variables) text += name + "=" + one_text + " ";
    return text;
  }
  std::vector<std::string> audit_lines() {
    std::vector<std::string> lines;
    AuditQuery query;
    query.organization = acme.id;
    const auto entries = store().audit(query);
    EXPECT_TRUE(entries.ok());
    for (const AuditEntry& entry : *entries) {
      if (entry.action.starts_with("secret") || entry.action.starts_with("variables"))
        lines.push_back(entry.by.name + " " + entry.action + " " + entry.target + " " +
                        json::write(json::Value(entry.diff)));
    }
    std::ranges::reverse(lines);
    return lines;
  }
};

TEST_P(SecretContract, ASecretIsPutReplacedAndDeletedAndStaysAcrossAReopen) {
  const Instant created = clock().now();
  const auto first = put(of_acme, "API_KEY", "one");
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_TRUE(first->created);
  ASSERT_TRUE(put(of_ann, "API_KEY", "mine").ok()) << "another owner's of the same name";
  clock().advance(std::chrono::hours(1));
  const auto second = put(of_acme, "API_KEY", "two");
  ASSERT_TRUE(second.ok());
  EXPECT_FALSE(second->created);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(value(of_acme, "API_KEY"), "two");
    EXPECT_EQ(value(of_ann, "API_KEY"), "mine");
    const SecretPtr secret = catalog()->secrets(of_acme)->at("API_KEY");
    EXPECT_EQ(secret->created_at, created);
    EXPECT_EQ(secret->updated_at, created + std::chrono::hours(1));
    EXPECT_EQ(secret->access->last(), std::nullopt);
    reopen();
  }
  ASSERT_TRUE(store().delete_secret(of_acme, "API_KEY", kAnn).ok());
  EXPECT_EQ(store().delete_secret(of_acme, "API_KEY", kAnn).error().fault, Fault::kNotFound);
  EXPECT_EQ(value(of_acme, "API_KEY"), "(none)");
  EXPECT_EQ(value(of_ann, "API_KEY"), "mine");
  reopen();
  EXPECT_EQ(catalog()->secrets(of_acme), nullptr);
}

TEST_P(SecretContract, WhatASecretMayBeIsCheckedAndNothingChanges) {
  const auto before = catalog();
  const Limits limits;
  const std::pair<NewSecret, const char*> cases[] = {
      {{"", "v"}, "name"},
      {{"lower", "v"}, "name"},
      {{"1A", "v"}, "name"},
      {{"A-B", "v"}, "name"},
      {{std::string(129, 'A'), "v"}, "name"},
      {{"A", ""}, "value"},
      {{"A", std::string(limits.secret_value_bytes_max + 1, 'v')}, "value"}};
  for (const auto& [secret, field] : cases) {
    const auto result = store().put_secret(of_acme, secret, kAnn);
    ASSERT_FALSE(result.ok()) << secret.name;
    EXPECT_EQ(result.error().fault, Fault::kInvalid);
    ASSERT_EQ(result.error().violations.size(), 1U);
    EXPECT_EQ(result.error().violations[0].field, field);
  }
  core::OrganizationId nobody = acme.id;
  nobody.bytes[0] ^= 1;
  EXPECT_EQ(put(SecretOwner::of(nobody), "A", "v").error().fault, Fault::kNotFound);
  EXPECT_EQ(catalog(), before);
  ASSERT_TRUE(put(of_acme, std::string(128, 'A'), std::string(limits.secret_value_bytes_max, 'v')).ok());
  const auto again = store().put_secret(of_acme, {std::string(128, 'A'), "other", true}, kAnn);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, "secret_exists");
}

TEST_P(SecretContract, AnOwnerHasAtMostSoManySecrets) {
  const std::size_t most = Limits().secrets_max;
  for (std::size_t i = 0; i < most; ++i) ASSERT_TRUE(put(of_acme, "S" + std::to_string(i), "v").ok());
  EXPECT_EQ(put(of_acme, "MORE", "v").error().fault, Fault::kInvalid);
  EXPECT_TRUE(put(of_acme, "S0", "w").ok()) << "replacing needs no room";
  EXPECT_TRUE(put(of_ann, "MORE", "v").ok()) << "others have room of their own";
}

TEST_P(SecretContract, ASecretInUseIsNotDeleted) {
  ASSERT_TRUE(put(of_acme, "API_KEY", "v").ok());
  ASSERT_TRUE(put(of_ann, "API_KEY", "v").ok());
  core::IntegrationConfig behind = webhook("temp");
  behind.parameters = {json::Object{{"key", "K"}, {"secret", "API_KEY"}}};
  const auto selecting = shared(using_secret("API_KEY"));
  const auto with_parameter = add_shared(acme, {one.id}, behind);
  shared(using_secret("OTHER"));
  const auto refused = store().delete_secret(of_acme, "API_KEY", kAnn);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, Fault::kConflict);
  EXPECT_EQ(refused.error().code, "secret_in_use");
  EXPECT_NE(refused.error().message.find(selecting->id.str()), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().message.find(with_parameter->id.str()), std::string::npos);
  EXPECT_EQ(integrations_using(*catalog(), of_acme, "API_KEY").size(), 2U);
  ASSERT_TRUE(store().delete_integration(selecting->id).ok());
  EXPECT_FALSE(store().delete_secret(of_acme, "API_KEY", kAnn).ok());
  ASSERT_TRUE(store().delete_integration(with_parameter->id).ok());
  EXPECT_TRUE(store().delete_secret(of_acme, "API_KEY", kAnn).ok());

  const auto sandbox = add_sandbox(ann, using_secret("API_KEY"));
  EXPECT_EQ(store().delete_secret(of_ann, "API_KEY", kAnn).error().code, "secret_in_use");
  ASSERT_TRUE(store().delete_integration(sandbox->id).ok());
  const auto of_product =
      made(store().create_integration({core::Scope::kProduct, ann.id, {}, {own.id}, ann.id, using_secret("API_KEY")}));
  EXPECT_EQ(store().delete_secret(of_ann, "API_KEY", kAnn).error().code, "secret_in_use");
  EXPECT_EQ(integrations_using(*catalog(), of_ann, "API_KEY"), std::vector{of_product});
}

TEST_P(SecretContract, AnIntegrationGetsTheSecretsOfItsOwnerAsTheyAreNow) {
  ASSERT_TRUE(put(of_acme, "KEY", "of acme").ok());
  ASSERT_TRUE(put(of_ann, "KEY", "of ann").ok());
  const auto of_organization = shared(using_secret("KEY"));
  const auto sandbox = add_sandbox(ann, using_secret("KEY"));
  const auto of_product =
      made(store().create_integration({core::Scope::kProduct, ann.id, {}, {own.id}, ann.id, using_secret("KEY")}));
  EXPECT_EQ(values(of_organization, one.id), "KEY=of acme ");
  EXPECT_EQ(values(sandbox, {}), "KEY=of ann ");
  EXPECT_EQ(values(of_product, own.id), "KEY=of ann ");
  EXPECT_EQ(values(shared(webhook("plain")), one.id), "") << "what is not selected is not given";
  ASSERT_TRUE(put(of_acme, "KEY", "changed").ok());
  EXPECT_EQ(values(of_organization, one.id), "KEY=changed ");
  const auto lacking = missing_secrets(*catalog(), using_secret("NONE"), acme.id, {});
  ASSERT_EQ(lacking.size(), 1U);
  EXPECT_EQ(lacking[0].name + " " + lacking[0].field, "NONE secrets.0");
  core::IntegrationConfig behind = using_secret("KEY");
  behind.parameters = {json::Object{{"key", "K"}, {"value", "v"}}, json::Object{{"key", "L"}, {"secret", "GONE"}}};
  EXPECT_EQ(missing_secrets(*catalog(), behind, {}, ann.id).at(0).field, "parameters.1.secret");
  behind.parameters = {};
  behind.signing = {"KEY", "GONE"};
  EXPECT_EQ(missing_secrets(*catalog(), behind, {}, ann.id).at(0).field, "signing.secrets.1");
}

TEST_P(SecretContract, WhatSignsIsAKeyAndStaysOne) {
  const std::string key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", other = "whsec_" + std::string(32, 'A');
  ASSERT_TRUE(put(of_acme, "KEY", key).ok());
  ASSERT_TRUE(put(of_acme, "NO_KEY", "hunter2").ok());
  const auto signing = [](std::vector<std::string> names) {
    core::IntegrationConfig config = webhook("temp");
    config.signing = std::move(names);
    return config;
  };
  const auto refused = store().create_integration(
      {core::Scope::kOrganization, {}, acme.id, {one.id}, ann.id, signing({"KEY", "NO_KEY"})});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().violations.at(0).field, "signing.secrets.1");
  EXPECT_EQ(refused.error().violations.at(0).message.find("hunter2"), std::string::npos);
  const auto integration = shared(signing({"KEY"}));
  EXPECT_EQ(values(integration, one.id), "KEY=" + key + " ");
  const auto replaced = put(of_acme, "KEY", "hunter2");
  ASSERT_FALSE(replaced.ok());
  EXPECT_EQ(replaced.error().violations.at(0).field, "value");
  EXPECT_EQ(value(of_acme, "KEY"), key);
  EXPECT_TRUE(put(of_acme, "KEY", other).ok());
  EXPECT_TRUE(put(of_acme, "NO_KEY", "hunter3").ok()) << "signs nothing";
  EXPECT_EQ(store().delete_secret(of_acme, "KEY", kAnn).error().code, "secret_in_use");
}

TEST_P(SecretContract, WhenASecretWasUsedIsKept) {
  ASSERT_TRUE(put(of_acme, "KEY", "v").ok());
  ASSERT_TRUE(put(of_acme, "OTHER", "v").ok());
  const auto integration = shared(using_secret("KEY"));
  clock().advance(std::chrono::minutes(5));
  const Instant used = clock().now();
  named_values(*catalog(), *integration, *integration->compiled(), one.id, used);
  const auto last = [&](const char* name) { return catalog()->secrets(of_acme)->at(name)->access->last(); };
  EXPECT_EQ(last("KEY"), used);
  ASSERT_TRUE(put(of_acme, "KEY", "w").ok());
  EXPECT_EQ(last("KEY"), used) << "replacing is no use";
  ASSERT_TRUE(store().save_secret_access().ok());
  ASSERT_TRUE(store().save_secret_access().ok());
  reopen();
  EXPECT_EQ(last("KEY"), used);
  EXPECT_EQ(last("OTHER"), std::nullopt);
}

TEST_P(SecretContract, VariablesAreSetMergedAndRemovedAndStayAcrossAReopen) {
  const auto integration = shared(webhook("temp"));
  const auto of_organization = VariablesOwner::of(acme.id);
  const auto of_product = VariablesOwner::of(one.id);
  const auto of_placement = VariablesOwner::of(integration->number, one.id);
  ASSERT_TRUE(set(of_organization, {{"A", "1"}, {"B", ""}}).ok());
  ASSERT_TRUE(set(of_product, {{"A", "2"}}).ok());
  ASSERT_TRUE(set(of_placement, {{"A", "3"}}).ok());
  const auto merged = set(of_organization, {{"C", "new"}}, false);
  ASSERT_TRUE(merged.ok());
  EXPECT_EQ(**merged, (Variables{{"A", "1"}, {"B", ""}, {"C", "new"}}));
  ASSERT_TRUE(remove(of_organization, "B").ok());
  ASSERT_TRUE(remove(of_organization, "never was").error().fault == Fault::kInvalid);
  ASSERT_TRUE(remove(of_organization, "never_was").ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(variables(of_organization), (Variables{{"A", "1"}, {"C", "new"}}));
    EXPECT_EQ(variables(of_product), (Variables{{"A", "2"}}));
    EXPECT_EQ(variables(of_placement), (Variables{{"A", "3"}}));
    EXPECT_EQ(variables(VariablesOwner::of(two.id)), Variables());
    reopen();
  }
  const auto before = catalog();
  ASSERT_TRUE(set(of_product, {{"A", "2"}}).ok());
  EXPECT_EQ(catalog(), before) << "the same again is no change";
  ASSERT_TRUE(set(of_product, {}).ok());
  ASSERT_TRUE(set(of_placement, {}).ok());
  reopen();
  EXPECT_EQ(catalog()->variables(of_product), nullptr);
  EXPECT_EQ(catalog()->variables(of_placement), nullptr);
}

TEST_P(SecretContract, TheNearestVariableCounts) {
  ASSERT_TRUE(set(VariablesOwner::of(acme.id), {{"HOST", "organization"}, {"REST", "r"}}).ok());
  const auto integration = shared(using_variable("HOST"));
  const auto other = add_shared(acme, {one.id}, using_variable("HOST"));
  EXPECT_EQ(values(integration, one.id), "HOST=organization ");
  ASSERT_TRUE(set(VariablesOwner::of(one.id), {{"HOST", "product"}}).ok());
  EXPECT_EQ(values(integration, one.id), "HOST=product ");
  EXPECT_EQ(values(integration, two.id), "HOST=organization ");
  ASSERT_TRUE(set(VariablesOwner::of(integration->number, one.id), {{"HOST", "placement"}}).ok());
  EXPECT_EQ(values(integration, one.id), "HOST=placement ");
  EXPECT_EQ(values(other, one.id), "HOST=product ");
  std::string effective;
  for (const auto& variable : effective_variables(*catalog(), one.id, integration->number))
    effective += variable.name + "=" + variable.text + "/" + std::string(to_text(variable.from)) + " ";
  EXPECT_EQ(effective, "HOST=placement/placement REST=r/organization ");
}

TEST_P(SecretContract, AVariableThatAnIntegrationNeedsIsNotTakenAway) {
  ASSERT_TRUE(set(VariablesOwner::of(acme.id), {{"HOST", "h"}, {"FREE", "f"}}).ok());
  const auto integration = shared(using_variable("HOST"));
  const auto refused = remove(VariablesOwner::of(acme.id), "HOST");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, Fault::kConflict);
  EXPECT_EQ(refused.error().code, "variable_in_use");
  for (const std::string& named : {std::string("HOST"), integration->id.str(), one.slug})
    EXPECT_NE(refused.error().message.find(named), std::string::npos) << refused.error().message;
  EXPECT_EQ(set(VariablesOwner::of(acme.id), {{"FREE", "f"}}).error().code, "variable_in_use");
  EXPECT_TRUE(remove(VariablesOwner::of(acme.id), "FREE").ok());
  ASSERT_TRUE(set(VariablesOwner::of(one.id), {{"HOST", "1"}}).ok());
  EXPECT_NE(remove(VariablesOwner::of(acme.id), "HOST").error().message.find(two.slug), std::string::npos);
  ASSERT_TRUE(set(VariablesOwner::of(integration->number, two.id), {{"HOST", "2"}}).ok());
  EXPECT_TRUE(remove(VariablesOwner::of(acme.id), "HOST").ok()) << "every product has another value";
  EXPECT_EQ(remove(VariablesOwner::of(one.id), "HOST").error().code, "variable_in_use");
  EXPECT_EQ(remove(VariablesOwner::of(integration->number, two.id), "HOST").error().code, "variable_in_use");
  ASSERT_TRUE(store().delete_integration(integration->id).ok());
  EXPECT_TRUE(remove(VariablesOwner::of(one.id), "HOST").ok());
}

TEST_P(SecretContract, WhatIsMissingIsNamedWithItsFieldAndProduct) {
  ASSERT_TRUE(set(VariablesOwner::of(one.id), {{"HOST", "h"}}).ok());
  core::IntegrationConfig config = using_variable("HOST");
  config.body = "{{product.vars.TAG}}";
  std::string missing;
  for (const auto& entry : missing_variables(*catalog(), config, {}, acme.id, {one.id, two.id}))
    missing += entry.name + " in " + entry.field + " on " + std::to_string(entry.product.value) + "\n";
  EXPECT_EQ(missing, "HOST in url on " + std::to_string(two.id.value) + "\nTAG in body on " +
                         std::to_string(one.id.value) + "\nTAG in body on " + std::to_string(two.id.value) + "\n");
  ASSERT_TRUE(set(VariablesOwner::of(acme.id), {{"TAG", ""}, {"HOST", ""}}).ok());
  EXPECT_TRUE(missing_variables(*catalog(), config, {}, acme.id, {one.id, two.id}).empty())
      << "an empty text is a value";
  EXPECT_EQ(missing_variables(*catalog(), config, {}, {}, {}).size(), 2U) << "a sandbox has no product";
}

TEST_P(SecretContract, VariablesOfAPlacementGoWithIt) {
  const auto integration = shared(webhook("temp"));
  const auto on_one = VariablesOwner::of(integration->number, one.id);
  const auto on_two = VariablesOwner::of(integration->number, two.id);
  ASSERT_TRUE(set(on_one, {{"A", "1"}}).ok());
  ASSERT_TRUE(set(on_two, {{"A", "2"}}).ok());
  ASSERT_TRUE(store().update_integration(integration->id, {integration->config, {two.id}, std::nullopt, ann.id}).ok());
  EXPECT_EQ(catalog()->variables(on_one), nullptr);
  EXPECT_EQ(variables(on_two), (Variables{{"A", "2"}}));
  EXPECT_EQ(set(on_one, {{"A", "1"}}).error().fault, Fault::kNotFound);
  ASSERT_TRUE(
      store().update_integration(integration->id, {integration->config, {one.id, two.id}, std::nullopt, ann.id}).ok());
  reopen();
  EXPECT_EQ(catalog()->variables(on_one), nullptr) << "coming back starts afresh";
  EXPECT_EQ(variables(on_two), (Variables{{"A", "2"}}));
  ASSERT_TRUE(store().delete_integration(integration->id).ok());
  EXPECT_EQ(catalog()->variables(on_two), nullptr);
  reopen();
  EXPECT_EQ(catalog()->variables(on_two), nullptr);
}

TEST_P(SecretContract, WhatAVariableMayBeIsChecked) {
  const Limits limits;
  const auto owner = VariablesOwner::of(acme.id);
  for (const std::string& name :
       {std::string(), std::string("1A"), std::string("a-b"), std::string("a.b"), std::string(129, 'a')}) {
    const auto refused = set(owner, {{name, "v"}, {"fine", "v"}});
    ASSERT_FALSE(refused.ok()) << name;
    EXPECT_EQ(refused.error().violations.at(0).field, "variables." + name);
  }
  EXPECT_FALSE(set(owner, {{"a", std::string(limits.variable_value_bytes_max + 1, 'v')}}).ok());
  EXPECT_TRUE(set(owner, {{std::string(128, 'a'), std::string(limits.variable_value_bytes_max, 'v')}}).ok());
  Variables many;
  for (std::size_t i = 0; i < limits.variables_max; ++i) many["v" + std::to_string(i)] = "";
  EXPECT_TRUE(set(owner, many).ok());
  EXPECT_EQ(set(owner, {{"more", ""}}, false).error().violations.at(0).field, "variables");
  core::ProductId nothing{1};
  EXPECT_EQ(set(VariablesOwner::of(nothing), {}).error().fault, Fault::kNotFound);
  EXPECT_EQ(set(VariablesOwner::of(core::IntegrationNumber{99}, one.id), {}).error().fault, Fault::kNotFound);
}

TEST_P(SecretContract, EveryChangeIsInTheAuditLogWithoutValuesOfSecrets) {
  ASSERT_TRUE(put(of_acme, "API_KEY", "plain-1").ok());
  ASSERT_TRUE(put(of_acme, "API_KEY", "plain-2").ok());
  ASSERT_TRUE(store().delete_secret(of_acme, "API_KEY", kAnn).ok());
  ASSERT_FALSE(put(of_acme, "bad", "plain-3").ok());
  ASSERT_TRUE(set(VariablesOwner::of(acme.id), {{"A", "1"}, {"B", "2"}}).ok());
  ASSERT_TRUE(set(VariablesOwner::of(acme.id), {{"A", "9"}, {"C", "3"}}).ok());
  ASSERT_TRUE(set(VariablesOwner::of(acme.id), {{"A", "9"}, {"C", "3"}}).ok());
  ASSERT_TRUE(set(VariablesOwner::of(one.id), {{"A", "1"}}).ok());
  const std::string acme_id = acme.id.str();
  EXPECT_EQ(
      audit_lines(),
      (std::vector<std::string>{
          "ann@example.com secret.created API_KEY {}", "ann@example.com secret.updated API_KEY {}",
          "ann@example.com secret.deleted API_KEY {}",
          "ann@example.com variables.changed " + acme_id +
              R"( {"A":{"from":null,"to":"1"},"B":{"from":null,"to":"2"}})",
          "ann@example.com variables.changed " + acme_id +
              R"( {"A":{"from":"1","to":"9"},"B":{"from":"2","to":null},"C":{"from":null,"to":"3"}})",
          "ann@example.com variables.changed " + std::to_string(one.id.value) + R"( {"A":{"from":null,"to":"1"}})"}));
}

}  // namespace fleethook::store
