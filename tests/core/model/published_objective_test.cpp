// SPDX-License-Identifier: GPL-3.0-or-later
// The six terms of the authors' published code: data and weights come from that code, and so do the expected
// means over 300 draws of the noise with their standard errors.
#include "core/model/published_objective.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "core/model/train_run.h"

namespace assayer::model {
namespace {

/// Arrays of an .npz file whose entries are stored, not compressed, as float32 in C order.
std::map<std::string, Tensor> read_npz(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream buffer;
  buffer << file.rdbuf();
  const std::string bytes = buffer.str();
  const auto number = [&](std::size_t at, int size) {
    std::uint64_t value = 0;
    for (int i = size - 1; i >= 0; --i)
      value = value << 8U | static_cast<unsigned char>(bytes.at(at + static_cast<std::size_t>(i)));
    return value;
  };
  std::map<std::string, Tensor> arrays;
  for (std::size_t at = 0; at + 30 < bytes.size() && bytes.compare(at, 4, "PK\x03\x04") == 0;) {
    const std::size_t name_size = number(at + 26, 2);
    const std::size_t extra_size = number(at + 28, 2);
    std::size_t size = number(at + 18, 4);
    // numpy writes sizes of 64 bits into the extra field.
    if (size == 0xFFFFFFFFU) size = number(at + 30 + name_size + 4 + 8, 8);
    const std::string name = bytes.substr(at + 30, name_size);
    const std::size_t start = at + 30 + name_size + extra_size;
    const std::string npy = bytes.substr(start, size);
    EXPECT_EQ(number(at + 8, 2), 0U) << name << " is compressed";
    EXPECT_EQ(npy.compare(1, 5, "NUMPY"), 0) << name;
    const std::size_t header =
        static_cast<unsigned char>(npy.at(8)) + 256U * static_cast<unsigned char>(npy.at(9));
    const std::string text = npy.substr(10, header);
    EXPECT_NE(text.find("<f4"), std::string::npos) << text;
    std::vector<Index> shape;
    std::size_t open = text.find('(') + 1;
    std::istringstream sizes(text.substr(open, text.find(')') - open));
    for (std::string part; std::getline(sizes, part, ',');)
      if (part.find_first_not_of(' ') != std::string::npos) shape.push_back(std::stoll(part));
    Tensor values = at::empty(shape, at::kFloat);
    std::memcpy(values.data_ptr<float>(), npy.data() + 10 + header,
                static_cast<std::size_t>(values.numel()) * 4);
    arrays[name.substr(0, name.find('.'))] = values;
    at = start + size;
  }
  return arrays;
}

/// That code leaves the last component out of its inputs: a row of zeros makes it count for nothing in ours.
Tensor with_row(const Tensor& weight, Index at) {
  const Tensor zero = at::zeros({1, weight.size(1)}, weight.options());
  return at::cat({weight.narrow(0, 0, at), zero, weight.narrow(0, at, weight.size(0) - at)}, 0);
}

Tensor with_rest(const Tensor& composition) {
  return at::cat({composition, 1 - composition.sum(1, true)}, 1);
}

TEST(PublishedObjective, TermsAreThoseOfThePublishedCode) {
  const auto path = std::filesystem::path(ASSAYER_SHARED_DIR) / "peers" / "published_objective_check.npz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path.filename() << " is not in the shared folder";
  const auto given = read_npz(path.string());
  ASSERT_EQ(given.size(), 23U);

  TrainConfig config;
  config.objective = "published-code";
  config.spread = "softplus";
  const Index channels = given.at("Xl").size(1);
  Networks networks(config, {1, channels, 3, 1}, at::TensorOptions(at::kFloat));
  std::vector<NamedArray> weights;
  const std::array<std::string, 3> nets = {"q_y", "q_z", "p_x"};
  const std::array<std::string, 6> parts = {"/hidden0/weight", "/hidden0/bias", "/mean/weight",
                                            "/mean/bias",      "/sd/weight",    "/sd/bias"};
  for (std::size_t i = 0; i < 18; ++i) {
    Tensor values = given.at("p" + std::to_string(i / 10) + std::to_string(i % 10));
    if (i == 6) values = with_row(values, channels + 2);
    if (i == 12) values = with_row(values, 2);
    if (values.dim() == 1) values = values.unsqueeze(0);
    weights.push_back(named(nets.at(i / 6) + parts.at(i % 6), values.unsqueeze(0)));
  }
  ASSERT_TRUE(networks.parameters().from_arrays(weights));

  Batch batch;
  batch.x_l = given.at("Xl").unsqueeze(0);
  batch.y_l = with_rest(given.at("Yl")).unsqueeze(0);
  batch.x_u = given.at("Xu").unsqueeze(0);
  batch.y_u = with_rest(given.at("Yu")).unsqueeze(0);
  const Index l = batch.x_l.size(1);
  const Index u = batch.x_u.size(1);
  const Index y = batch.y_u.size(1);
  at::Generator generator = at::detail::createCPUGenerator(0);
  const auto normal = [&](Index rows, Index cols) {
    return at::empty({1, rows, cols}, at::kFloat).normal_(0, 1, generator);
  };
  const at::NoGradGuard no_grad;
  constexpr int kDraws = 300;
  std::array<double, kTermCount> sum{};
  std::array<double, kTermCount> squares{};
  for (int draw = 0; draw < kDraws; ++draw) {
    Noise noise;
    noise.z_l = normal(l, 1);
    noise.y_u = normal(u, 2);
    noise.z_u = normal(u, 1);
    noise.x_y = normal(y, channels);
    noise.prior_10 = given.at("Zu").unsqueeze(0);
    noise.y_9 = normal(l, 2);
    noise.y_13 = normal(l, 2);
    noise.y_20 = normal(y, 2);
    noise.x_14 = normal(l, channels);
    const Objective value =
        objective(networks, batch, noise, {.alphas = {1, 1, 1, 1}, .published_code = true});
    for (std::size_t t = 0; t < kTermCount; ++t) {
      if (!value.terms.at(t).defined()) continue;
      const auto term = value.terms.at(t).item<double>();
      sum.at(t) += term / kDraws;
      squares.at(t) += term * term / kDraws;
    }
  }
  // Signs as maximised; the published means and their standard errors.
  const std::map<Term, std::pair<double, double>> expected = {
      {Term::Lfxy, {7.144, .010}}, {Term::Lfx, {11.022, .008}},  {Term::Lrxy, {-3.5101, .0004}},
      {Term::Lry, {-83.74, .17}},  {Term::Jfd, {.12832, .0002}}, {Term::Jrd, {4.7878, .0007}}};
  for (const auto& [term, value] : expected) {
    const auto t = static_cast<std::size_t>(term);
    const double own = std::sqrt((squares.at(t) - sum.at(t) * sum.at(t)) / kDraws);
    EXPECT_NEAR(sum.at(t), value.first, 4 * std::hypot(own, value.second)) << name(term);
  }
}

}  // namespace
}  // namespace assayer::model
