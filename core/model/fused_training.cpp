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

FusedTraining::RealSpectra FusedTraining::room_for_real(Index rows) const {
  if (!centre_.defined()) return {};
  return {std::vector<float>(at(rows * centre_.numel())), std::vector<float>(at(rows))};
}

void FusedTraining::make_real(const float* x, Index rows, RealSpectra& real) const {
  if (!centre_.defined() || rows == 0) return;
  kernels::to_real_rows(x, numbers(centre_), rows, centre_.numel(), real.values.data(),
                        real.log_slope.data());
}

void FusedTraining::give(const SourceSpectra& source, const RealSpectra& real,
                         const std::vector<std::int64_t>& rows, Prepared& prepared,
                         kernels::Source<float>& to) const {
  to.rows = rows.data();
  to.x = source.data();
  to.real = real.values.data();
  to.log_slope = real.log_slope.data();
  if (prepared.x.empty()) return;
  source.gather(rows, prepared.x.data());
  make_real(prepared.x.data(), static_cast<Index>(rows.size()), prepared.real);
  to.x = prepared.x.data();
  to.real = prepared.real.values.data();
  to.log_slope = prepared.real.log_slope.data();
  to.x_rows = in_order_.data();
}

FusedTraining::Rows::Rows(Index rows_of_source, Index most, Index members)
    : rows(rows_of_source), batch(std::min(rows, most)), order(at(members)) {
  for (auto& numbers : order) numbers.resize(at(rows));
}

void FusedTraining::Rows::shuffle(Index member, kernels::Stream&& stream) {
  // From the same order every time: the result depends on the stream alone.
  auto& numbers = order[at(member)];
  std::iota(numbers.begin(), numbers.end(), std::uint32_t{0});
  stream.shuffle(numbers);
}

void FusedTraining::Rows::take(Index member, Index step, std::vector<std::int64_t>& into) const {
  const auto& numbers = order[at(member)];
  for (Index i = 0; i < batch; ++i) into[at(i)] = numbers[at((step * batch + i) % rows)];
}

FusedTraining::FusedTraining(const TrainConfig& config, const Networks& networks, Data data)
    : seed_(config.seed),
      members_(networks.sizes().members),
      data_(std::move(data)),
      centre_(networks.families().x == Families::X::SoftplusGaussian ? networks.families().x_centre
                                                                     : Tensor()),
      labelled_(data_.x_l.rows(), config.batch, members_),
      unlabelled_(data_.x_u.rows(), config.batch, members_),
      unfeatured_(data_.y_u.defined() ? data_.y_u.size(0) : 0, config.batch, members_),
      pool_(at(std::min<Index>(config.threads, members_))) {
  for (const auto& [source, real] : {std::pair{&data_.x_l, &real_l_}, std::pair{&data_.x_u, &real_u_}}) {
    if (!source->kept()) continue;
    *real = room_for_real(source->rows());
    make_real(source->data(), source->rows(), *real);
  }
  for (Index m = 0; m < members_; ++m) weights_.push_back(member_weights<float>(networks, config, m));
  const auto shape = step_shape(config, networks, labelled_.batch, unlabelled_.batch, unfeatured_.batch);
  for (std::size_t thread = 0; thread < pool_.threads(); ++thread) {
    const auto rows = [](const Rows& source) { return std::vector<std::int64_t>(at(source.batch)); };
    const auto prepared = [this](const SourceSpectra& source, Index batch) {
      if (source.kept()) return Prepared{};
      return Prepared{std::vector<float>(at(batch * source.channels())), room_for_real(batch)};
    };
    desks_.push_back({kernels::Step<float>(shape), rows(labelled_), rows(unlabelled_), rows(unfeatured_),
                      prepared(data_.x_l, labelled_.batch), prepared(data_.x_u, unlabelled_.batch)});
  }
  in_order_.resize(at(std::max(labelled_.batch, unlabelled_.batch)));
  std::iota(in_order_.begin(), in_order_.end(), std::int64_t{0});
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
    labelled_.take(m, step, desk.rows_l);
    unlabelled_.take(m, step, desk.rows_u);
    unfeatured_.take(m, step, desk.rows_y);
    kernels::Source<float> labelled{.y = numbers(data_.y_l)};
    kernels::Source<float> unlabelled{};
    kernels::Source<float> unfeatured{.rows = desk.rows_y.data(), .y = numbers(data_.y_u)};
    give(data_.x_l, real_l_, desk.rows_l, desk.x_l, labelled);
    give(data_.x_u, real_u_, desk.rows_u, desk.x_u, unlabelled);
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
