// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

/** Whom the daemon tells how it is: systemd, or nobody. */
interface ServiceState {
    /** It is about to read its configuration again; {@link #ready()} ends that. */
    void reloading();

    /** It does its work (again). */
    void ready();

    /** It is about to end. */
    void stopping();
}
