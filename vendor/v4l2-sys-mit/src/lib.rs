//! Raw V4L2 bindings for `v4l` 0.14, in place of the crate of the same name, whose build runs bindgen and so
//! needs libclang on every machine that builds.
//!
//! `bindings.rs` was generated once from the kernel's UAPI header `linux/videodev2.h` (6.1.187; it may be used under
//! BSD-3-Clause) with bindgen 0.65.1, kept to the types `v4l` names, with `core::ffi` types. Linux's ABI does not
//! change under them; they hold for x86_64 and aarch64 alike, which the sizes below prove at compile time (an
//! ioctl's number carries the size of its argument).

#![allow(clippy::all, non_camel_case_types, non_snake_case, non_upper_case_globals)]

include!("bindings.rs");

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<v4l2_capability>() == 104);
    assert!(size_of::<v4l2_format>() == 208);
    assert!(size_of::<v4l2_buffer>() == 88);
    assert!(size_of::<v4l2_requestbuffers>() == 20);
    assert!(size_of::<v4l2_streamparm>() == 204);
    assert!(size_of::<v4l2_query_ext_ctrl>() == 232);
};
