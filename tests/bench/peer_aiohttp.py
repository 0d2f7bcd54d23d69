"""peer_aiohttp.py PORT DATABASE - what one would write in an afternoon: aiohttp and SQLite in one process, doing the
same durable writes and signing the same token as dapi's call/user. The bench's peer, not a part of dapi."""
import base64
import hashlib
import hmac
import secrets
import sqlite3
import struct
import sys
import time
import uuid
import zlib

from aiohttp import web

APP_ID = "970CA35de60c44645bbae8a215061b33"
CERTIFICATE = b"5CFd2fd1755d40ecb72977518be15d3b"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SCHEMA = """
PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
CREATE TABLE call (id INTEGER PRIMARY KEY, channel TEXT UNIQUE, call_id TEXT, src TEXT, dst TEXT, status INT,
    created INT, ring_expires INT);
CREATE TABLE party (uid TEXT, call INT, PRIMARY KEY (uid, call)) WITHOUT ROWID;
CREATE TABLE event (seq INTEGER PRIMARY KEY, call INT, type INT, at INT);
"""


def sign(channel, uid, ends):
    message = struct.pack("<IIHHIHI", secrets.randbelow(2**32), ends, 2, 1, ends, 2, ends)
    signature = hmac.new(CERTIFICATE, APP_ID.encode() + channel.encode() + uid.encode() + message, hashlib.sha256)
    content = struct.pack("<H32sIIH", 32, signature.digest(), zlib.crc32(channel.encode()), zlib.crc32(uid.encode()),
                          len(message)) + message
    return "006" + APP_ID + base64.b64encode(content).decode()


def call_user(database):
    async def handle(request):
        body = await request.json()
        src, dst = str(body["src_uid"]), str(body["dst_uid"])
        channel = "ch_" + "".join(secrets.choice(LETTERS) for _ in range(10))
        call_id, now = str(uuid.uuid4()), int(time.time() * 1000)
        with database:
            database.execute("BEGIN IMMEDIATE")
            row = database.execute("SELECT 1 FROM party a JOIN call c ON c.id = a.call WHERE a.uid = ? AND c.dst = ?"
                                   " AND c.status < 2 AND c.ring_expires > ?", (src, dst, now)).fetchone()
            if row:
                return web.json_response({"success": False}, status=409)
            made = database.execute("INSERT INTO call VALUES (NULL, ?, ?, ?, ?, 0, ?, ?)",
                                    (channel, call_id, src, dst, now, now + 60000)).lastrowid
            database.executemany("INSERT OR IGNORE INTO party VALUES (?, ?)", ((src, made), (dst, made)))
            database.execute("INSERT INTO event VALUES (NULL, ?, 1, ?)", (made, now))
        ends = now // 1000 + 3600
        return web.json_response({"success": True, "data": {
            "appID": APP_ID, "channel": channel, "uid": src, "token": sign(channel, src, ends), "call_id": call_id,
            "token_expires_at": ends, "ring_expires_at": now + 60000}})
    return handle


def main():
    database = sqlite3.connect(sys.argv[2], isolation_level=None)
    database.executescript(SCHEMA)
    app = web.Application()
    app.router.add_post("/dapi/call/user", call_user(database))
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)


if __name__ == "__main__":
    main()
