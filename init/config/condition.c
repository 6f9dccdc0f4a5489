#include "init/config/condition.h"
