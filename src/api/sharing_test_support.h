// An organization of three products, for the tests of what they share.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {

// Organization acme with the products a, b and c, all of ann, its Owner. Root administers the installation.
class SharingTest : public ::testing::Test {
 protected:
  SharingTest() {
    world_.add_user("root", true);
    world_.add_user("ann");
    world_.add_user("bob");
    world_.add_organization("ann", "Acme");
    a_ = world_.add_product("ann", "acme", "A");
    b_ = world_.add_product("ann", "acme", "B");
    c_ = world_.add_product("ann", "acme", "C");
  }

  // Requests that tell their integration and product apart: "/<tag>/<product's id>".
  static std::string hook(const std::string& tag, const std::string& more = "") {
    return R"({"event":"temp","url":"http://recv.test/)" + tag + R"(/{{{PRODUCT_ID}}}")" +
           (more.empty() ? "" : "," + more) + "}";
  }
  // On a and b, unless `products` says others.
  std::string shared(const std::string& tag = "h",
                     const std::string& more = "",
                     const std::string& products = R"(["a","b"])") {
    return world_.add_integration("ann", "/v1/orgs/acme/integrations",
                                  hook(tag, R"("product_ids":)" + products + (more.empty() ? "" : "," + more)));
  }
  Reply org(std::string_view method, const std::string& rest, std::string body = "") {
    return world_.send("ann", method, "/v1/orgs/acme/integrations" + rest, std::move(body));
  }
  Reply on(const std::string& product, std::string_view method, const std::string& rest, std::string body = "") {
    return world_.send("ann", method, "/v1/products/" + product + "/integrations" + rest, std::move(body));
  }
  Reply refused(int status,
                std::string_view code,
                std::string_view part,
                std::string_view method,
                const std::string& path,
                std::string body = "") {
    return world_.refused(status, code, part, "ann", method, path, std::move(body));
  }
  // What an event in the product makes the receiver get: the requests whole, or their targets.
  std::vector<std::string> requests(const std::string& product, const std::string& data = "21") {
    return world_.fired("ann", "/v1/products/" + product + "/events", R"({"name":"temp","data":")" + data + "\"}");
  }
  std::vector<std::string> fired(const std::string& product) {
    std::vector<std::string> targets;
    for (const std::string& request : requests(product)) {
      const std::size_t from = request.find(' ') + 1;
      targets.push_back(request.substr(from, request.find(' ', from) - from));
    }
    return targets;
  }
  using Targets = std::vector<std::string>;
  std::string ids(const std::vector<std::string>& products) {
    std::string text = "[";
    for (const std::string& id : products) text += (text.size() > 1 ? "," : "") + id;
    return text + "]";
  }
  std::size_t rows() { return org("GET", "").body.as_array().size(); }
  static std::string quoted(const std::string& text) { return "\"" + text + "\""; }

  TestWorld world_;
  std::string a_, b_, c_;
};

}  // namespace fleethook::api
