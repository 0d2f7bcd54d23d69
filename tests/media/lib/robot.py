"""robot - a stream of plain RTP into a room, as robotsvc sends it"""
import asyncio
import socket
import struct

from lib import opus

HEADER = struct.Struct("!BBHII")
PAYLOAD_TYPE = 111


class Robot:
    """A socket whose address the bridge is told."""

    def __init__(self, address="127.0.0.1"):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self._number = 0
        self.ssrc = None
        self._to = None

    async def enter(self, session, handle, room, name, announced=None):
        """Be the room's robot, from the announced address, or else from the own one."""
        ip, port = announced or self._socket.getsockname()
        said, _ = await session.ask(handle, "robot", room=room, id=name, ip=ip, port=port)
        self.follow(said)
        return self

    def follow(self, said):
        """Send to where an answer says."""
        self.ssrc = said["ssrc"]
        self._to = (said["ip"], said["port"])

    def as_told(self):
        """Where it sends to, for another robot's follow()."""
        return {"ssrc": self.ssrc, "ip": self._to[0], "port": self._to[1]}

    def send(self, packet, first_byte=0x80):
        """One packet, now."""
        header = HEADER.pack(first_byte, PAYLOAD_TYPE, self._number & 0xffff,
                             self._number * opus.FRAME, self.ssrc)
        self._number += 1
        self._socket.sendto(header + packet, self._to)

    async def play(self, packets):
        """One every 20 ms."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number, packet in enumerate(packets):
            await asyncio.sleep(max(0, began + number * 0.02 - loop.time()))
            self.send(packet)

    def close(self):
        """Free the port."""
        self._socket.close()
