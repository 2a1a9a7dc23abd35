// The standard headers with GoogleTest and GoogleMock, precompiled once for the test executables.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pch_std.h"
