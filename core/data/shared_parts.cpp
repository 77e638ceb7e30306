// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/shared_parts.h"

namespace assayer {

DatasetParts shared_parts(const Dataset& data) {
  DatasetParts parts;
  parts.shared_spectra = data.spectra();
  parts.wavelength = data.wavelength();
  parts.abundances = data.abundances();
  parts.true_abundances = data.true_abundances();
  parts.groups = data.groups();
  parts.metadata = data.metadata();
  parts.image_shape = data.image_shape();
  parts.endmembers = data.endmembers();
  parts.endmember_names = data.endmember_names();
  parts.endmembers_by_group = data.endmembers_by_group();
  parts.bad_channels = data.bad_channels();
  parts.provenance = data.provenance();
  return parts;
}

}  // namespace assayer
