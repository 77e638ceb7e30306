// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/noise.h"

namespace assayer::model {
namespace {

/// Uniform draws are kept this far from 0 and 1, whose logarithms do not exist: their own grain.
constexpr double kGrain = 0x1p-24;

}  // namespace

NoiseSource::NoiseSource(const Networks& networks, const ObjectiveOptions& options, Rows rows, Index samples)
    : families_(networks.families()) {
  const Sizes& sizes = networks.sizes();
  const Index free = sizes.components - 1;
  const Index z = sizes.nuisance;
  const bool concrete = families_.y == Families::Y::Concrete;
  const Kind of_x = families_.x == Families::X::Bernoulli ? Kind::Logistic : Kind::Normal;
  const Index labelled = rows.labelled * samples;
  const Index unlabelled = rows.unlabelled * samples;
  const Index unfeatured = rows.unfeatured * samples;
  const bool inferred = options.reverse_z == ReverseZ::Inferred;
  // The order decides which numbers a seed gives to what: with the defaults it must stay.
  add(&Noise::z_l, Kind::Normal, labelled, z);
  add(&Noise::y_u, concrete ? Kind::Gumbel : Kind::Normal, unlabelled, concrete ? sizes.components : free);
  add(&Noise::z_u, Kind::Normal, unlabelled, z);
  add(&Noise::x_y, of_x, unfeatured, sizes.channels);
  if (options.published_code) {
    add(&Noise::y_9, Kind::Normal, rows.labelled, free);
    add(&Noise::y_13, Kind::Normal, rows.labelled, free);
    add(&Noise::y_20, Kind::Normal, rows.unfeatured, free);
    add(&Noise::x_14, Kind::Normal, rows.labelled, sizes.channels);
  }
  add(&Noise::prior_9, Kind::Prior, labelled, z);
  add(&Noise::prior_14, Kind::Prior, labelled, z);
  add(&Noise::prior_10, Kind::Prior, inferred ? 0 : unfeatured, z);
  if (inferred) {
    add(&Noise::z_21, Kind::Normal, unfeatured, z);
    add(&Noise::prior_22, Kind::Prior, rows.unfeatured * kMixture, z);
    add(&Noise::x_22, of_x, rows.unfeatured * kMixture, sizes.channels);
  }
  Index normals = 0;
  Index priors = 0;
  Index uniforms = 0;
  for (const Part& part : parts_) {
    Index& count = part.kind == Kind::Normal ? normals : part.kind == Kind::Prior ? priors : uniforms;
    count += part.rows * part.cols;
  }
  const at::TensorOptions where =
      at::TensorOptions(at::kFloat).device(networks.parameters().values().device());
  normals_ = at::empty({sizes.members, normals}, where);
  priors_ = at::empty({sizes.members, priors}, where);
  uniforms_ = at::empty({sizes.members, uniforms}, where);
}

void NoiseSource::add(Tensor Noise::* target, Kind kind, Index rows, Index cols) {
  parts_.push_back({target, kind, rows, cols});
}

const Tensor& NoiseSource::buffer(Kind kind) const {
  return kind == Kind::Normal ? normals_ : kind == Kind::Prior ? priors_ : uniforms_;
}

void NoiseSource::draw_prior(const Families& families, Tensor values, at::Generator& generator) {
  if (families.z == Families::Z::Gaussian) {
    values.normal_(0, 1, generator);
  } else {
    // The paper's interval, whatever the published code's z lives on.
    values.uniform_(-interval::kHalfWidth, interval::kHalfWidth, generator);
  }
}

Tensor NoiseSource::from_uniform(Kind kind, const Tensor& uniform) {
  const Tensor inside = uniform.clamp(kGrain, 1.0 - kGrain);
  return kind == Kind::Gumbel ? inside.log().neg().log().neg() : inside.log() - (-inside).log1p();
}

Tensor NoiseSource::standard(Kind kind, at::IntArrayRef shape, at::Generator& generator) {
  const Tensor values = at::empty(shape, at::kFloat);
  if (kind == Kind::Normal) return values.normal_(0, 1, generator);
  return from_uniform(kind, values.uniform_(0, 1, generator));
}

void NoiseSource::draw(std::vector<at::Generator>& generators) {
  for (Index m = 0; m < normals_.size(0); ++m) {
    at::Generator& generator = generators[static_cast<std::size_t>(m)];
    normals_.select(0, m).normal_(0, 1, generator);
    draw_prior(families_, priors_.select(0, m), generator);
    if (uniforms_.numel() > 0) uniforms_.select(0, m).uniform_(0, 1, generator);
  }
}

Noise NoiseSource::noise() const {
  const Index members = normals_.size(0);
  Index used[3] = {0, 0, 0};
  Noise noise;
  for (const Part& part : parts_) {
    const Tensor& from = buffer(part.kind);
    Index& at = used[&from == &normals_ ? 0 : &from == &priors_ ? 1 : 2];
    const Index length = part.rows * part.cols;
    Tensor values = from.narrow(1, at, length).reshape({members, part.rows, part.cols});
    at += length;
    if (&from == &uniforms_) values = from_uniform(part.kind, values);
    noise.*part.target = values;
  }
  return noise;
}

}  // namespace assayer::model
