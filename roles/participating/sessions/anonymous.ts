/** Who asks not to be named (RFC 3323 §4.1.1.3). */
export const ANONYMOUS = "sip:anonymous@anonymous.invalid";
