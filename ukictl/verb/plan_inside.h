/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of `ukictl plan`: what it prints. */
#pragma once

#include "judge/plan_job.h"

void plan_print_text(const struct plan_job *job);
void plan_print_json(const struct plan_job *job);
/* A line for each addon that would be hidden, and for an image that would not start; else nothing. */
void plan_print_refusals(const struct plan_job *job);
