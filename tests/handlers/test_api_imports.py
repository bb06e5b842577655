"""Files of leads over the JSON API: streamed in, counted, given back, taken back."""

import csv

import pytest

from tests.handlers.api_given import bearing

FILE = "E-mail;Firma;Poznámka\njane@acme.com;=Acme;ano\nno address;x;\nJane@Acme.com;;\n"
LEADS = "/api/imports/leads"


async def parts(*texts):
    for text in texts:
        yield text.encode("cp1250")


async def test_a_file_is_taken_in_as_it_comes(world):
    campaign = await world.campaign()
    headers = await bearing(world, "imports:write")
    where = {"campaignId": campaign.provider_id, "name": "fair.csv"}

    answer = await world.api.post(LEADS, params=where, content=parts(FILE[:30], FILE[30:]), headers=headers)

    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["name"], told["state"], told["campaignId"]) == ("fair.csv", "done", campaign.provider_id)
    assert (told["rows"], told["added"], told["joined"]) == (3, 1, 0)
    assert told["rejected"] == {"bad email format": 1, "duplicate in the file": 1}
    async with world.database.read(world.workspace_id) as uow:
        (lead,) = await uow.leads.find("jane@acme.com")
        assert lead.company_name == "=Acme"
        assert await uow.enrolments.inside([lead.id], campaign.id) == {lead.id: told["id"]}

    place = f"/api/imports/{told['id']}"
    assert (await world.api.get(place, headers=headers)).json() == told
    rejects = await world.api.get(f"{place}/rejects.csv", headers=headers)
    assert rejects.headers["content-type"] == "text/csv; charset=utf-8"
    assert [row[-1] for row in csv.reader(rejects.text.splitlines())] == ["line", "3", "4"]

    undone = (await world.api.post(f"{place}/undo", headers=headers)).json()
    assert (undone["state"], undone["removed"], undone["kept"]) == ("undone", 1, {})
    again = await world.api.post(f"{place}/undo", headers=headers)
    assert again.status_code == 409 and "undone already" in again.json()["message"]


async def test_a_wrong_guess_is_set_right(world):
    headers = await bearing(world, "imports:write")
    file = b"Contact,Second\na@x.com,b@x.com\n"

    answer = await world.api.post(LEADS, params={"map": "email=Second"}, content=file, headers=headers)

    assert answer.json()["added"] == 1
    async with world.database.read(world.workspace_id) as uow:
        assert await uow.leads.find("b@x.com") and not await uow.leads.find("a@x.com")


@pytest.mark.parametrize(
    ("content", "params", "status", "said"),
    [
        pytest.param(b"", {}, 422, "as the request's body", id="no body"),
        pytest.param(b"\n\n", {}, 422, "no row", id="nothing in it"),
        pytest.param(b"email,name\n", {}, 422, "no row below its column names", id="only a header"),
        pytest.param(b"name\nJane\n", {}, 422, "Choose the column that holds the email", id="no address"),
        pytest.param(b"email\na@x.com\n", {"map": "city=Town"}, 422, "no column “Town”", id="no such column"),
        pytest.param(b"email\na@x.com\n", {"campaignId": "nowhere"}, 404, "campaign", id="no such campaign"),
    ],
)
async def test_what_cannot_be_taken_is_refused_with_the_remedy(world, content, params, status, said):
    headers = await bearing(world, "imports:write")

    answer = await world.api.post(LEADS, params=params, content=content, headers=headers)

    assert answer.status_code == status and said in answer.json()["message"], answer.text
    async with world.database.read(world.workspace_id) as uow:
        assert await uow.imports.newest(1) == []


async def test_an_import_that_is_not_there_is_not_found(world):
    headers = await bearing(world, "imports:write")

    for method, path in (("GET", ""), ("GET", "/rejects.csv"), ("POST", "/undo")):
        answer = await world.api.request(method, f"/api/imports/nothing{path}", headers=headers)

        assert answer.status_code == 404, path


async def test_a_file_larger_than_any_other_body_is_taken(world):
    headers = await bearing(world, "imports:write")
    filler = b"x" * 1_000_000

    async def large():
        yield b"email,city\na@x.com,Brno\n"
        for _ in range(11):
            yield b"no address," + filler + b"\n"

    answer = await world.api.post(LEADS, content=large(), headers=headers)

    assert answer.status_code == 200, answer.text
    assert (answer.json()["rows"], answer.json()["added"]) == (12, 1)
