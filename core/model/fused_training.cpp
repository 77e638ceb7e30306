// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/fused_training.h"

#include <algorithm>
#include <numeric>

#include "core/kernels/family_loops.h"

namespace assayer::model {
namespace {

const float* numbers(const Tensor& tensor) {
  return tensor.defined() ? tensor.data_ptr<float>() : nullptr;
}

std::size_t at(Index m) {
  return static_cast<std::size_t>(m);
}

}  // namespace

FusedTraining::RealSpectra::RealSpectra(const Tensor& x, const Families& families) {
  if (!x.defined() || families.x != Families::X::SoftplusGaussian) return;
  values.resize(at(x.numel()));
  log_slope.resize(at(x.size(0)));
  kernels::to_real_rows(numbers(x), families.x_centre.data_ptr<float>(), x.size(0), x.size(1), values.data(),
                        log_slope.data());
}

FusedTraining::Rows::Rows(const Tensor& source, Index most, Index members)
    : rows(source.defined() ? source.size(0) : 0), batch(std::min(rows, most)), order(at(members)) {
  for (auto& numbers : order) numbers.resize(at(rows));
}

void FusedTraining::Rows::shuffle(Index member, kernels::Stream&& stream) {
  // From the same order every time: the result depends on the stream alone.
  auto& numbers = order[at(member)];
  std::iota(numbers.begin(), numbers.end(), std::int64_t{0});
  stream.shuffle(numbers);
}

const std::int64_t* FusedTraining::Rows::take(Index member, Index step,
                                              std::vector<std::int64_t>& into) const {
  const auto& numbers = order[at(member)];
  for (Index i = 0; i < batch; ++i) into[at(i)] = numbers[at((step * batch + i) % rows)];
  return into.data();
}

FusedTraining::FusedTraining(const TrainConfig& config, const Networks& networks, Data data)
    : seed_(config.seed),
      members_(networks.sizes().members),
      data_(std::move(data)),
      real_l_(data_.x_l, networks.families()),
      real_u_(data_.x_u, networks.families()),
      labelled_(data_.x_l, config.batch, members_),
      unlabelled_(data_.x_u, config.batch, members_),
      unfeatured_(data_.y_u, config.batch, members_),
      pool_(at(std::min<Index>(config.threads, members_))) {
  for (Index m = 0; m < members_; ++m) weights_.push_back(member_weights<float>(networks, config, m));
  const auto shape = step_shape(config, networks, labelled_.batch, unlabelled_.batch, unfeatured_.batch);
  for (std::size_t thread = 0; thread < pool_.threads(); ++thread) {
    const auto rows = [](const Rows& source) { return std::vector<std::int64_t>(at(source.batch)); };
    desks_.push_back({kernels::Step<float>(shape), rows(labelled_), rows(unlabelled_), rows(unfeatured_)});
  }
}

void FusedTraining::begin_epoch(Index epoch) {
  constexpr std::uint64_t kSources = 3;
  const auto shuffle = [&](std::size_t m, std::size_t) {
    std::uint64_t moment = kSources * static_cast<std::uint64_t>(epoch);
    for (Rows* rows : {&labelled_, &unlabelled_, &unfeatured_}) {
      rows->shuffle(static_cast<Index>(m), kernels::Stream(seed_ + m, kernels::Purpose::Shuffle, moment++));
    }
  };
  // By reference: a std::function of its own would allocate.
  pool_.run(at(members_), std::cref(shuffle));
}

void FusedTraining::differentiate(Index step, Index moment, const std::function<bool(Index)>& active,
                                  std::vector<kernels::StepValues>& values) {
  const auto work = [&](std::size_t member, std::size_t thread) {
    const auto m = static_cast<Index>(member);
    if (!active(m)) return;
    Desk& desk = desks_[thread];
    kernels::Stream stream(seed_ + member, kernels::Purpose::Noise, static_cast<std::uint64_t>(moment));
    desk.step.draw(stream);
    kernels::Source<float> labelled{.x = numbers(data_.x_l),
                                    .y = numbers(data_.y_l),
                                    .real = real_l_.values.data(),
                                    .log_slope = real_l_.log_slope.data()};
    kernels::Source<float> unlabelled{
        .x = numbers(data_.x_u), .real = real_u_.values.data(), .log_slope = real_u_.log_slope.data()};
    kernels::Source<float> unfeatured{.y = numbers(data_.y_u)};
    labelled.rows = labelled_.take(m, step, desk.rows_l);
    unlabelled.rows = unlabelled_.take(m, step, desk.rows_u);
    unfeatured.rows = unfeatured_.take(m, step, desk.rows_y);
    if (unfeatured_.rows > 0) {
      unfeatured.z = numbers(data_.z_u) + m * unfeatured_.rows * data_.z_u.size(2);
    }
    values[member] = desk.step.run(weights_[member], labelled, unlabelled, unfeatured);
  };
  pool_.run(at(members_), std::cref(work));
}

void FusedTraining::for_members(const std::function<void(Index)>& work) {
  const auto of_member = [&](std::size_t m, std::size_t) { work(static_cast<Index>(m)); };
  pool_.run(at(members_), std::cref(of_member));
}

}  // namespace assayer::model
