# The tag that LLVM's setjmp and longjmp throw. wasi-libc built without exceptions does not define it; the pass
# rpkpy/runtimes/passes takes it out of the module again.
	.tagtype	__c_longjmp i32
	.globl	__c_longjmp
__c_longjmp:
