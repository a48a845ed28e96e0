// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

/** Numbers of socket(7), ip(7), ipv6(7), udp(7), tcp(7), unix(7) and netlink(7) under the kernel's names; values of asm-generic/socket.h. */
public final class SocketConstants {
    public static final int AF_UNSPEC = 0;
    public static final int AF_UNIX = 1;
    public static final int AF_INET = 2;
    public static final int AF_INET6 = 10;
    public static final int AF_NETLINK = 16;

    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    public static final int SOCK_RAW = 3;
    public static final int SOCK_SEQPACKET = 5;

    public static final int SOL_SOCKET = 1;
    public static final int SOL_NETLINK = 270;

    public static final int IPPROTO_IP = 0;
    public static final int IPPROTO_TCP = 6;
    public static final int IPPROTO_UDP = 17;
    public static final int IPPROTO_IPV6 = 41;

    public static final int SO_REUSEADDR = 2;
    public static final int SO_ERROR = 4;
    public static final int SO_SNDBUF = 7;
    public static final int SO_RCVBUF = 8;
    public static final int SO_SNDBUFFORCE = 32;
    public static final int SO_RCVBUFFORCE = 33;
    public static final int SO_KEEPALIVE = 9;
    public static final int SO_OOBINLINE = 10;
    public static final int SO_LINGER = 13;
    public static final int SO_PASSCRED = 16;
    public static final int SO_BINDTODEVICE = 25;
    public static final int SO_MARK = 36;
    public static final int SO_MEMINFO = 55;

    public static final int IP_TOS = 1;
    public static final int IP_RECVERR = 11;
    public static final int IP_RECVTOS = 13;
    public static final int IP_TRANSPARENT = 19;
    public static final int IP_TTL = 2;
    public static final int IP_RECVORIGDSTADDR = 20;
    public static final int IPV6_RECVERR = 25;
    public static final int IP_BIND_ADDRESS_NO_PORT = 24;
    public static final int IPV6_UNICAST_HOPS = 16;
    public static final int IPV6_V6ONLY = 26;
    public static final int IPV6_RECVORIGDSTADDR = 74;
    public static final int IPV6_RECVTCLASS = 66;
    public static final int IPV6_TCLASS = 67;
    public static final int IPV6_TRANSPARENT = 75;

    public static final int UDP_SEGMENT = 103;
    public static final int UDP_GRO = 104;

    public static final int TCP_NODELAY = 1;
    public static final int TCP_KEEPIDLE = 4;
    public static final int TCP_KEEPINTVL = 5;
    public static final int TCP_KEEPCNT = 6;

    static final int TCP_INFO = 11;
    static final int TCP_CONGESTION = 13;

    static final int IP_PKTINFO = 8;
    static final int IPV6_PKTINFO = 50;

    static final int SO_RCVTIMEO = 20;
    static final int SCM_RIGHTS = 1;
    static final int SOCK_CLOEXEC = 0x80000;
    static final int SOCK_NONBLOCK = 0x800;
    static final int MSG_PEEK = 0x2;
    static final int MSG_DONTWAIT = 0x40;
    static final int MSG_ERRQUEUE = 0x2000;
    static final int MSG_TRUNC = 0x20;
    static final int MSG_CTRUNC = 0x8;
    static final int MSG_NOSIGNAL = 0x4000;
    static final int MSG_CMSG_CLOEXEC = 0x40000000;

    private SocketConstants() {}
}
