// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

/** Whom the daemon tells how it is: systemd, or nobody. */
interface ServiceState {
    /** Nobody. */
    ServiceState NONE = new ServiceState() {
        @Override
        public void reloading() {}

        @Override
        public void ready() {}

        @Override
        public void stopping() {}
    };

    /** It is about to read its configuration again. */
    void reloading();

    /** It does its work (again). */
    void ready();

    /** It is about to end. */
    void stopping();
}
