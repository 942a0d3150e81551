"""What every test stands on: no display, no home of the person who runs it."""

from __future__ import annotations

import os
import tempfile

from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false;qt.multimedia*=false")
if not os.environ.get("XDG_RUNTIME_DIR"):
    os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="ntmdesk-runtime-")

# The gate tries the same examples each time; `NTM_HYPOTHESIS=explore` looks for new ones.
# No limit of time: a busy machine is no failure.
_UNHURRIED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("gate", derandomize=True, **_UNHURRIED)
settings.register_profile("explore", derandomize=False, **_UNHURRIED)
settings.load_profile(os.environ.get("NTM_HYPOTHESIS", "gate"))
