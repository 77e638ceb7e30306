// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <new>
#include <vector>

#include "core/kernels/products.h"
#include "core/kernels/step.h"

namespace assayer::kernels {

/// Zeroed memory, handed out in pieces that begin at a cache line. Sizes are asked for first, all at once
/// taken.
template <class S>
class Arena {
 public:
  /// Remembers to let `pointer` point to `count` numbers.
  void want(S*& pointer, Index count) { wishes_.push_back({&pointer, count}); }
  void take() {
    constexpr Index line = 64 / sizeof(S);
    const auto padded = [](Index count) { return (count + line - 1) / line * line + line; };
    Index total = line;
    for (const Wish& wish : wishes_) total += padded(wish.count);
    memory_.assign(static_cast<std::size_t>(total), S(0));
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
    S* next = memory_.data() + (64 - address % 64) % 64 / sizeof(S);
    for (const Wish& wish : wishes_) {
      *wish.pointer = next;
      next += padded(wish.count);
    }
    wishes_.clear();
  }

 private:
  struct Wish {
    S** pointer;
    Index count;
  };
  std::vector<Wish> wishes_;
  std::vector<S> memory_;
};

/// The hidden layers of a network, on columns [begin, end) of rows of a mini-batch: activations and gradients
/// are [units × columns], one unit after the other. The first layer's product is the caller's.
template <class S>
class Stack {
 public:
  Stack(const std::vector<Index>& widths, bool softplus)
      : widths_(widths), values_(widths.size()), gradients_(widths.size()), softplus_(softplus) {}

  /// Memory for all but the first layer, which may lie beside another network's. `extra`: rows after the last
  /// layer's units.
  void want(Arena<S>& arena, Index columns, Index extra) {
    stride_ = columns;
    for (std::size_t i = 1; i < widths_.size(); ++i) {
      arena.want(values_[i], (widths_[i] + (i + 1 == widths_.size() ? extra : 0)) * columns);
      arena.want(gradients_[i], widths_[i] * columns);
    }
  }
  void set_first(S* values, S* gradients) {
    values_[0] = values;
    gradients_[0] = gradients;
  }

  [[nodiscard]] Index first_units() const { return widths_.front(); }
  [[nodiscard]] Index units() const { return widths_.back(); }
  [[nodiscard]] Index stride() const { return stride_; }
  [[nodiscard]] S* first() const { return values_.front(); }
  [[nodiscard]] S* first_gradient() const { return gradients_.front(); }
  [[nodiscard]] S* last() const { return values_.back(); }
  [[nodiscard]] S* last_gradient() const { return gradients_.back(); }

  /// From the first layer's product to the last layer.
  void forward(const NetworkWeights<S>& weights, Index begin, Index end) {
    for (std::size_t i = 0; i < widths_.size(); ++i) {
      if (i > 0) {
        layer(weights.hidden[i].weight, widths_[i - 1], widths_[i], end - begin, values_[i - 1] + begin,
              stride_, values_[i] + begin, stride_, static_cast<const S*>(nullptr), false);
      }
      activate(values_[i] + begin, stride_, weights.hidden[i].bias, widths_[i], end - begin, softplus_);
    }
  }
  /// From the gradient after the last layer to that of the first layer's product.
  void backward(const NetworkWeights<S>& weights, Index begin, Index end) {
    for (std::size_t i = widths_.size(); i-- > 0;) {
      activate_backward(gradients_[i] + begin, values_[i] + begin, stride_, widths_[i], end - begin,
                        softplus_);
      if (i == 0) break;
      layer_backward(weights.hidden[i].weight, widths_[i - 1], widths_[i], end - begin, gradients_[i] + begin,
                     stride_, gradients_[i - 1] + begin, stride_, false);
    }
  }
  /// Gradients of the biases and of all weights but the first layer's.
  void weights(const NetworkWeights<S>& weights, Index columns) {
    add_row_sums(gradients_[0], stride_, widths_[0], columns, weights.hidden[0].bias_gradient);
    for (std::size_t i = 1; i < widths_.size(); ++i) {
      layer_weights(widths_[i - 1], widths_[i], columns, values_[i - 1], stride_, gradients_[i], stride_,
                    weights.hidden[i].weight_gradient, weights.hidden[i].bias_gradient);
    }
  }

 private:
  std::vector<Index> widths_;
  std::vector<S*> values_;
  std::vector<S*> gradients_;
  Index stride_ = 0;
  bool softplus_;
};

/// A network with two small heads, mean and scale of `dims` latent variables, [dims × columns] each; or with
/// one, logits in place of the mean.
template <class S>
struct LatentNetwork {
  LatentNetwork(const std::vector<Index>& widths, bool softplus_hidden, bool softplus, Index dimensions,
                bool logits_alone = false)
      : stack(widths, softplus_hidden),
        dims(dimensions),
        softplus_spread(softplus),
        has_scale(!logits_alone) {}

  void want(Arena<S>& arena, Index columns) {
    stack.want(arena, columns, 0);
    arena.want(mean, dims * columns);
    arena.want(mean_gradient, dims * columns);
    if (!has_scale) return;
    arena.want(raw, dims * columns);
    arena.want(raw_gradient, dims * columns);
  }
  /// From the first layer's product to the heads; their gradients start at zero.
  void forward(const NetworkWeights<S>& weights, Index begin, Index end) {
    stack.forward(weights, begin, end);
    head(weights.mean, mean, mean_gradient, begin, end);
    if (has_scale) head(weights.scale, raw, raw_gradient, begin, end);
  }
  void backward(const NetworkWeights<S>& weights, Index begin, Index end) {
    const Index s = stack.stride();
    layer_backward(weights.mean.weight, stack.units(), dims, end - begin, mean_gradient + begin, s,
                   stack.last_gradient() + begin, s, false);
    if (has_scale) {
      layer_backward(weights.scale.weight, stack.units(), dims, end - begin, raw_gradient + begin, s,
                     stack.last_gradient() + begin, s, true);
    }
    stack.backward(weights, begin, end);
  }
  void weights(const NetworkWeights<S>& weights, Index columns) {
    const Index s = stack.stride();
    layer_weights(stack.units(), dims, columns, stack.last(), s, mean_gradient, s,
                  weights.mean.weight_gradient, weights.mean.bias_gradient);
    if (has_scale) {
      layer_weights(stack.units(), dims, columns, stack.last(), s, raw_gradient, s,
                    weights.scale.weight_gradient, weights.scale.bias_gradient);
    }
    stack.weights(weights, columns);
  }
  /// Dimension d of `rows` columns from `begin` on.
  [[nodiscard]] Latent<S> at(Index d, Index begin, Index rows) const {
    const Index offset = d * stack.stride() + begin;
    return {mean + offset,         raw + offset, mean_gradient + offset,
            raw_gradient + offset, rows,         softplus_spread};
  }

  Stack<S> stack;
  Index dims;
  bool softplus_spread;
  bool has_scale;
  S* mean = nullptr;
  S* raw = nullptr;
  S* mean_gradient = nullptr;
  S* raw_gradient = nullptr;

 private:
  void head(const LayerWeights<S>& weights, S* out, S* gradient, Index begin, Index end) {
    layer(weights.weight, stack.units(), dims, end - begin, stack.last() + begin, stack.stride(), out + begin,
          stack.stride(), weights.bias, false);
    for (Index d = 0; d < dims; ++d)
      std::fill(gradient + d * stack.stride() + begin, gradient + d * stack.stride() + end, S(0));
  }
};

}  // namespace assayer::kernels
