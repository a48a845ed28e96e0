// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

/** Where a socket is or sends to: the address families this module speaks. Immutable. */
public sealed interface Address permits InetEndpoint, NetlinkAddress, UnixAddress {}
