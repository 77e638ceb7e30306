// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace assayer {

/// The terms of equation (15) and the divergence (22), each a mean over the rows of its mini-batch.
enum class Term : std::uint8_t { Lfxy, Lfx, Lrxy, Lry, Jfd, Jrd, Kz };
inline constexpr std::size_t kTermCount = 7;
inline constexpr std::array<Term, kTermCount> kTerms = {Term::Lfxy, Term::Lfx, Term::Lrxy, Term::Lry,
                                                        Term::Jfd,  Term::Jrd, Term::Kz};

/// "L_fxy", "L_fx", "L_rxy", "L_ry", "J_fd", "J_rd", "K_z": names in files and tables.
std::string_view name(Term term);
/// "forward bound of labelled spectra, equation (7)" …: for messages and tooltips.
std::string_view description(Term term);

/// One epoch: the mean over its steps and over the members still running. Terms whose weight is 0 are not
/// computed and are NaN.
struct ObjectiveRecord {
  std::int64_t epoch = 0;  ///< 1 is the first
  double total = 0;        ///< J of (15), to be maximised
  std::array<double, kTermCount> terms{};
};

}  // namespace assayer
