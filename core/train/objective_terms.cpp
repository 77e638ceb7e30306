// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/objective_terms.h"

namespace assayer {

std::string_view name(Term term) {
  switch (term) {
    case Term::Lfxy:
      return "L_fxy";
    case Term::Lfx:
      return "L_fx";
    case Term::Lrxy:
      return "L_rxy";
    case Term::Lry:
      return "L_ry";
    case Term::Jfd:
      return "J_fd";
    case Term::Jrd:
      return "J_rd";
    case Term::Kz:
      return "K_z";
  }
  return "";
}

std::string_view description(Term term) {
  switch (term) {
    case Term::Lfxy:
      return "forward bound of labelled spectra, equation (7)";
    case Term::Lfx:
      return "forward bound of unlabelled spectra, equation (8)";
    case Term::Lrxy:
      return "reverse bound of labelled spectra, equation (9)";
    case Term::Lry:
      return "reverse bound of unfeatured compositions, equation (10), (20) with observed or (21) with "
             "inferred z";
    case Term::Jfd:
      return "divergence of the estimated from the known compositions, equation (13)";
    case Term::Jrd:
      return "squared distance of the generated from the measured spectra, equation (14)";
    case Term::Kz:
      return "divergence of q(z|y) from q(z|x,y) over generated spectra, equation (22)";
  }
  return "";
}

}  // namespace assayer
