/* Compiler attributes and the two ownership idioms, AUTO and steal. */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define MUST_USE __attribute__((warn_unused_result))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))

/*
 * AUTO(x) declares a local `struct x *` that is freed by x_free() when it goes out of scope; the
 * header that declares x_free says AUTO_DEFINE(x) once. Never `goto` past such a declaration.
 */
#define AUTO(type) __attribute__((cleanup(auto_free_##type))) struct type
#define AUTO_DEFINE(type)                                    \
	static inline void auto_free_##type(struct type **p) \
	{                                                    \
		type##_free(*p);                             \
	}

/* As AUTO, for a value type that is emptied by x_release(). */
#define AUTO_VALUE(type) __attribute__((cleanup(auto_release_##type))) struct type
#define AUTO_VALUE_DEFINE(type)                                \
	static inline void auto_release_##type(struct type *p) \
	{                                                      \
		type##_release(p);                             \
	}

/* Hands an owned pointer over: yields *p and leaves NULL behind. */
#define steal(p)                                 \
	__extension__({                          \
		__typeof__(*(p)) stolen_ = *(p); \
		*(p) = NULL;                     \
		stolen_;                         \
	})

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
