/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of `ukictl predict`: what it prints. */
#pragma once

#include "judge/predict.h"

void predict_print_text(const struct predict_job *job);
void predict_print_json(const struct predict_job *job);
