"""What is left of the org's limits."""

from __future__ import annotations

from drawbar.sandbox.meter import Meter
from drawbar.sandbox.rest.call import Answer, Call
from drawbar.sandbox.rest.router import Endpoint, endpoint

DAILY_BULK_BATCHES = 15_000
DATA_STORAGE_MB = 1_073


def limit_endpoints(meter: Meter) -> list[Endpoint]:
    """Give the endpoint of the limits; only the daily API calls are counted, the others are always all there."""

    def limits(_call: Call) -> Answer:
        left = max(0, meter.daily_limit - meter.used)
        return Answer(
            200,
            {
                "DailyApiRequests": {"Max": meter.daily_limit, "Remaining": left},
                "DailyBulkApiBatches": {"Max": DAILY_BULK_BATCHES, "Remaining": DAILY_BULK_BATCHES},
                "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000},
                "DataStorageMB": {"Max": DATA_STORAGE_MB, "Remaining": DATA_STORAGE_MB},
                "FileStorageMB": {"Max": DATA_STORAGE_MB, "Remaining": DATA_STORAGE_MB},
            },
        )

    return [endpoint("GET HEAD", "/limits", limits)]
