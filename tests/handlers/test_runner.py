"""Work that handlers go on with after their answer, when the process ends."""

import asyncio

from handlers import Runner


async def test_work_in_flight_finishes_and_what_takes_longer_is_cut_off():
    runner, ends = Runner(None), []

    async def work(call, seconds):
        await call.ack()
        try:
            await asyncio.sleep(seconds)
            ends.append("finished")
        except asyncio.CancelledError:
            ends.append("cut off")
            raise

    async def heard(*said, **more):
        return None

    await runner.run(lambda call: work(call, 0.01), {}, heard)
    await runner.run(lambda call: work(call, 600), {}, heard)
    await runner.drain(seconds=0.5)

    assert ends == ["finished", "cut off"]
    await runner.drain()
