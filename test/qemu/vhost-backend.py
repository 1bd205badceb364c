#!/usr/bin/env python3
"""A vhost-user backend that has no device: it shakes hands, maps the guest's
memory, and tells every SCSI request that its target is not there.

  vhost-backend.py SOCKET               serves one QEMU after the other
  vhost-backend.py SOCKET die NUMBER    ends at this message of the first QEMU
  vhost-backend.py SOCKET silent        accepts, and never says a word

After QEMU's docs/interop/vhost-user, and virtio 1.1, 2.6 (split virtqueues)
and 5.6.6 (SCSI requests).
"""

import mmap
import os
import select
import socket
import struct
import sys

QUEUES = 64
VERSION_1, PROTOCOL_FEATURES = 1 << 32, 1 << 30
MQ, REPLY_ACK, CONFIG = 1 << 0, 1 << 3, 1 << 9

GET_FEATURES, SET_MEM_TABLE, SET_VRING_NUM, SET_VRING_ADDR = 1, 5, 8, 9
SET_VRING_BASE, GET_VRING_BASE, SET_VRING_KICK, SET_VRING_CALL = 10, 11, 12, 13
GET_PROTOCOL_FEATURES, GET_QUEUE_NUM, GET_CONFIG = 15, 17, 24

REPLY, NEED_REPLY = 1 << 2, 1 << 3
NO_FD = 1 << 8

CONTROL, EVENTS = 0, 1
NEXT, WRITE = 1, 2
BAD_TARGET = 3


class Ring:
    def __init__(self):
        self.size, self.seen = 0, 0
        self.desc = self.avail = self.used = None
        self.kick = self.call = None


class Backend:
    """What one QEMU has told."""

    def __init__(self, link, die_at, silent):
        self.link, self.die_at, self.silent = link, die_at, silent
        self.messages = 0
        self.regions = []
        self.rings = {}

    def ring(self, index):
        return self.rings.setdefault(index, Ring())

    # --- the guest's memory ---

    def at(self, address, base):
        """The memory behind an address: of the guest's (base 0) or of QEMU's
        own (base 2), and where in it."""
        for region in self.regions:
            if region[base] <= address < region[base] + region[1]:
                return region[4], region[3] + address - region[base]
        raise ValueError(f"no memory at {address:#x}")

    def map(self, payload, fds):
        for region in self.regions:
            region[4].close()
        count = struct.unpack_from("<I", payload)[0]
        self.regions = []
        for i in range(count):
            region = struct.unpack_from("<QQQQ", payload, 8 + 32 * i)
            memory = mmap.mmap(fds[i], region[1] + region[3])
            self.regions.append((*region, memory))
            os.close(fds[i])
        print("mapped", sum(region[1] for region in self.regions), flush=True)

    # --- requests ---

    def chain(self, ring, head):
        """(memory, offset, flags) of each of a request's buffers."""
        memory, table = self.at(ring.desc, 2)
        for _ in range(ring.size):
            address, _, flags, head = struct.unpack_from(
                "<QIHH", memory, table + 16 * head)
            yield (*self.at(address, 0), flags)
            if not flags & NEXT:
                return

    def answer(self, index, ring, head):
        for memory, offset, flags in self.chain(ring, head):
            if flags & WRITE:
                memory[offset + (0 if index == CONTROL else 11)] = BAD_TARGET
                break
        memory, used = self.at(ring.used, 2)
        count = struct.unpack_from("<H", memory, used + 2)[0]
        struct.pack_into("<II", memory, used + 4 + 8 * (count % ring.size),
                         head, 12)
        struct.pack_into("<H", memory, used + 2, (count + 1) & 0xffff)

    def serve(self, index, ring):
        memory, avail = self.at(ring.avail, 2)
        served = False
        while struct.unpack_from("<H", memory, avail + 2)[0] != ring.seen:
            head = struct.unpack_from(
                "<H", memory, avail + 4 + 2 * (ring.seen % ring.size))[0]
            self.answer(index, ring, head)
            ring.seen = (ring.seen + 1) & 0xffff
            served = True
        if served and ring.call is not None:
            os.write(ring.call, struct.pack("<Q", 1))

    def kicked(self, fd):
        for index, ring in self.rings.items():
            if ring.kick == fd:
                os.read(fd, 8)
                if index != EVENTS and ring.avail is not None:
                    self.serve(index, ring)

    # --- messages ---

    def set_fd(self, name, payload, fds):
        value = struct.unpack("<Q", payload)[0]
        ring = self.ring(value & 0xff)
        if getattr(ring, name) is not None:
            os.close(getattr(ring, name))
        setattr(ring, name, None if value & NO_FD else fds[0])

    def stop(self, payload):
        index = struct.unpack_from("<I", payload)[0]
        ring = self.ring(index)
        self.set_fd("kick", struct.pack("<Q", index | NO_FD), [])
        return struct.pack("<II", index, ring.seen)

    def act(self, request, payload, fds):
        """What is replied, or None."""
        if request == GET_FEATURES:
            return struct.pack("<Q", VERSION_1 | PROTOCOL_FEATURES)
        if request == GET_PROTOCOL_FEATURES:
            return struct.pack("<Q", MQ | REPLY_ACK | CONFIG)
        if request == GET_QUEUE_NUM:
            return struct.pack("<Q", QUEUES)
        if request == GET_CONFIG:
            return payload[:12] + bytes(len(payload) - 12)
        if request == GET_VRING_BASE:
            return self.stop(payload)
        if request == SET_MEM_TABLE:
            self.map(payload, fds)
        elif request == SET_VRING_NUM:
            index, size = struct.unpack("<II", payload)
            self.ring(index).size = size
        elif request == SET_VRING_BASE:
            index, seen = struct.unpack("<II", payload)
            self.ring(index).seen = seen
        elif request == SET_VRING_ADDR:
            index, _, desc, used, avail = struct.unpack_from("<IIQQQ", payload)
            ring = self.ring(index)
            ring.desc, ring.used, ring.avail = desc, used, avail
        elif request == SET_VRING_KICK:
            self.set_fd("kick", payload, fds)
        elif request == SET_VRING_CALL:
            self.set_fd("call", payload, fds)
        return None

    def message(self):
        """False when QEMU has gone."""
        header, fds, _, _ = socket.recv_fds(self.link, 12, 8)
        if len(header) < 12:
            return False
        request, flags, size = struct.unpack("<III", header)
        payload = b""
        while len(payload) < size:
            payload += self.link.recv(size - len(payload))
        self.messages += 1
        if self.silent:
            return True
        if self.messages == self.die_at:
            os._exit(1)
        reply = self.act(request, payload, fds)
        if reply is None and flags & NEED_REPLY:
            reply = struct.pack("<Q", 0)
        if reply is not None:
            self.link.sendall(struct.pack(
                "<III", request, 1 | REPLY, len(reply)) + reply)
        return True

    def run(self):
        while True:
            kicks = [ring.kick for ring in self.rings.values()
                     if ring.kick is not None]
            ready = select.select([self.link, *kicks], [], [])[0]
            if self.link in ready:
                try:
                    if not self.message():
                        return
                except ConnectionError:
                    return
            else:
                self.kicked(ready[0])


def main(path, what="", number="0"):
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(1)
    while True:
        link, _ = server.accept()
        print("connected", flush=True)
        Backend(link, int(number) if what == "die" else 0,
                what == "silent").run()
        print("disconnected", flush=True)
        link.close()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
