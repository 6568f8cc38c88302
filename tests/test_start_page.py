def test_a_stranger_is_sent_to_sign_in(client, db):
    assert client.get("/").headers["Location"] == "/login/?next=/"


def test_the_front_desk_starts_at_the_diary(client, front_desk):
    client.force_login(front_desk)

    assert client.get("/").headers["Location"] == "/diary/"
